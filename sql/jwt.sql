-- jwt: JSON Web Tokens on both databases

-- nothing yet
select reason, coalesce(kid, 'none') from stead_jwt_verify('e30.e30.e30');
select reason, coalesce(kid, 'none') from stead_jwt_verify('eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.e30.AAAA');
select stead_jwt_sign('{}');
select stead_jwt_sign('{}', 'hs');
select case when stead_jwt_key_delete('hs') then 'deleted' else 'none' end;

-- keys: a secret, JWKs, PEMs; true says that something changed
select case when stead_jwt_key_set('hs', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', 'joe', 'app') then 'changed' else 'same' end;
select case when stead_jwt_key_set('hs', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', 'joe', 'app') then 'changed' else 'same' end;
select case when stead_jwt_key_set('hs', 'HS256', '{"kty":"oct","alg":"HS256","use":"sig","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}', 'joe', 'app') then 'changed' else 'same' end;
select case when stead_jwt_key_set('hs2', 'HS256', 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow') then 'changed' else 'same' end;
select case when stead_jwt_key_set('rs', 'RS256', '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyclJ/Sk3XGScbtk6UwJR
6jyvw7veUi9zCySMbRJVoTBZHg9eVHavtlXi7DgGGiwkj61RLnVi1kNZIJbLwh5m
bMuCbpR9QOqSoY6oToBN13Vkpt5CGA84DCUTWLflh2tfTXOTMMPTSch+wxZdjG4O
j3Ao6UUqLuHLfXR9yBfI1hQZYjE83MeN9J06ms+hbGERriGB7XLJnZHbjtaI93Vh
0ZtHW7ErMFq2rTk0GZzw0z234yhfq3FYwMh6hwiuDwhegEcrvr2aZCy2MVZPppy2
mPvl6t5b4l8mzOhillBcBiy+v8OJChcylPza6BgDa0neTEjijVCAV1J6IVundeIC
MwIDAQAB
-----END PUBLIC KEY-----
', null, 'app') then 'changed' else 'same' end;
select case when stead_jwt_key_set('es', 'ES256', '-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIA21hAgN65Jy/mpDfCMomgbj13mEHqTmxFXmiB2rZglooAoGCCqGSM49
AwEHoUQDQgAE9bB5GdLYQDUh+yEwChQmsw9mWe+WQOEyiCTFJWG+0TLoRvXN6IYk
wTIFOU4le3kF6zk/VGhnQHB7p4CkBXBQFA==
-----END EC PRIVATE KEY-----', null, 'app') then 'changed' else 'same' end;
select case when stead_jwt_key_set('ed', 'EdDSA', '-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIO+eGNCYOlB547UERGL0bp6nkH5L36kWsTWLTNFkUXX1
-----END PRIVATE KEY-----', null, 'app') then 'changed' else 'same' end;
select stead_jwt_key_set('k', 'HS384', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
select stead_jwt_key_set('k', 'HS512', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm');
select case when stead_jwt_key_set('schlüssel-€', 'HS384', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm', null, 'app') then 'changed' else 'same' end;
select kid, algorithm, coalesce(issuer, 'none'), coalesce(audience_claim, 'none'), coalesce(substr(public_key, 1, 26), 'none') from stead_jwt_key order by kid;
select kid, substr(private_key, 1, 27) from stead_jwt_private_key order by kid;
select count(*) from stead_jwt_key where public_key like '%PRIVATE%' or created_at <> updated_at;

-- every reason
create table token (name text, token text);
insert into token values
  ('01 ok HS256', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.QJJon2ulaCR8MEn4vfsh6elMFlsBU032bdkHTu5Qirk'),
  ('02 ok RS256', 'eyJhbGciOiJSUzI1NiIsImtpZCI6InJzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.qxHTXhOGYeba6fmTY2HPvryxknId7oaJK8S0EzDSkAhLBN2f_BANwRq602naDwPGRdUEyq6O08f4vy2u4tP7lBoekNpen9r21QQhEmgY8Qk9a22c7CZtc2sPj7BnUKTgq6ernuXFDB3Nmo7w95OO62gqD2sShdvc-BdB4qHlmK7nmC6c0rRWoC9L20njg3aSBQ9IwBixYQxZsV6alMww-bhrOPQLR7S_oyYc5jWPpPwRfFFHem_I78h0adu6qvMNE1lyH8cwuDLBPJ531pZkOMyKWo07ooBCK4z8YGS_GtUlYVokmExAbwO5uS05mzEIm1E5nD2qxi9o81fLR3pytA'),
  ('03 ok ES256', 'eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.adafWKCZ9k6Rn5rnhrK6ZJ7COg8921Y8YQNUp7qAc1T10iYcXTIscSFApLDHJ0VqicAMqOzXE97p4YiJhT1r3g'),
  ('04 ok EdDSA', 'eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.uUXldVFi5ror0chJoxk2zPFl7RgGIWrWHW-yYWuvLTMcVWHId2VAJ5FFvszvxPmpYBzcdLa0JLY7ucRMJ9DBDg'),
  ('05 no kid, one key of the algorithm', 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.STVgWwduaeLkS3HBFa1VfC8SlUr-zjiz1_341qJR3NB0gunS9OzOL_cEvEuIWxVskTim-WfB1SK84n2aWWyZDQ'),
  ('06 no kid, two keys of the algorithm', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.ZvjlX4dz7AwjAPu5jBXIIPqN3-zhrsEEGvBZZdxyGYg'),
  ('07 no kid, no key of the algorithm', 'eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.eyzmmq4FCWkLwyvUcv_m8X7TBLFd7XcDXEer24Oq8iHOgpCvuHHL-3vYtOC3b8CzhidgGlsB6P4wjMwdmXNHYA'),
  ('08 none', 'eyJhbGciOiJub25lIiwia2lkIjoiaHMifQ.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.'),
  ('09 none without a kid', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.'),
  ('10 another algorithm than its key has', 'eyJhbGciOiJIUzM4NCIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.kHE2tEJDJQaidNFXlDSS7xkgC-qeo9S33dG3_1D4FVMu-AlRPTOjp3iK7FMrtSpk'),
  ('11 a public key taken for a secret', 'eyJhbGciOiJIUzI1NiIsImtpZCI6InJzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.4b34DJweDH7IszEgReX5IVY9GZFCP6E1wAUUsLGECdU'),
  ('12 signed by another key', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzMiJ9.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.k_1aZCNfjBNN_saXoxL7kEwMmx98iIskjIyJ1_COuEs'),
  ('13 a changed payload', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI4IiwiZXhwIjo0MTAyNDQ0ODAwfQ.QJJon2ulaCR8MEn4vfsh6elMFlsBU032bdkHTu5Qirk'),
  ('14 no signature', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.'),
  ('15 unknown kid', 'eyJhbGciOiJIUzI1NiIsImtpZCI6Im5vYm9keSJ9.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.SV9sjwQd479-dtkfh5aK7PX4Bb-Pn4roDFK_81aU0ss'),
  ('16 hostile kid', 'eyJhbGciOiJIUzI1NiIsImtpZCI6Iic7IERST1AgVEFCTEUgdG9rZW47IC0tIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.E_BEnIxVwuQoq_Y9szBwAT0H0m46lxKdALMtKlV3xW4'),
  ('17 kid with a line end', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImFcbmJcIlxcIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.1g_8NySbC7wrqotiUHYfFT5fP5GVh9lfj_k8z6uDBB8'),
  ('18 empty kid', 'eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.3fwArSoxBQ7BvqBKsS_kakzy3la8Cax8J6ep5lTboNk'),
  ('19 long kid', 'eyJhbGciOiJIUzI1NiIsImtpZCI6Imtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2trayJ9.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.FJRz4NcW7w5qV43AmNYeecJUlQuiG5ew-zurcI6osnU'),
  ('20 kid a number', 'eyJhbGciOiJIUzI1NiIsImtpZCI6MX0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.A1k9gwbZcAQHgHh8N1ZOytL75aP7QfmLpDrdVdAu4tU'),
  ('21 alg twice', 'eyJhbGciOiJIUzI1NiIsImFsZyI6IkhTMjU2Iiwia2lkIjoiaHMifQ.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.nAB9FtmXq0m0bDSP1YBWuJg98DzpU8hC5ljRry6LFQ0'),
  ('22 crit', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIiwiY3JpdCI6WyJleHAiXX0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.HMSkDrWah_SiCtCNOk3X094xQMp6nSlAh7TEWLRsj3o'),
  ('23 jwk', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIiwiandrIjp7fX0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.AVNyi_fxp30Ly1IMBjzopjZMplJ5nUOI4JaT5ru97qI'),
  ('24 padded', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.QJJon2ulaCR8MEn4vfsh6elMFlsBU032bdkHTu5Qirk='),
  ('25 a fourth part', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.QJJon2ulaCR8MEn4vfsh6elMFlsBU032bdkHTu5Qirk.AAAA'),
  ('26 a space before', ' eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.QJJon2ulaCR8MEn4vfsh6elMFlsBU032bdkHTu5Qirk'),
  ('27 claims not an object', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.WzFd.07H3dbX9zAl8ERWOrqbokj22FHJfclQFj_2Nrbu0vh4'),
  ('28 claims not JSON', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.aGVsbG8.XcmcyuP2jZ14k-FgCj3hiOUssDvTmckpKJ9Q5SKkrFc'),
  ('29 a claim twice', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiIxIiwic3ViIjoiMiJ9.ayrtTC7xEjimgakclGEHpiiWNDNmIYYho7ov2Er1WPE'),
  ('30 exp text', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOiI0MTAyNDQ0ODAwIiwiaXNzIjoiam9lIiwiYXVkIjoiYXBwIn0.TJy9HFvMhMfLad3rA1N7xF3mMFNysWdclHPpRx1sSfo'),
  ('31 exp -1', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOi0xLCJpc3MiOiJqb2UiLCJhdWQiOiJhcHAifQ.v_30NA67uQz9No7LMExufSy5j_m9eoLC2kL-sVbaOPo'),
  ('32 exp 1e300', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOjFlMzAwLCJpc3MiOiJqb2UiLCJhdWQiOiJhcHAifQ.han4QJXWo-mYY0q5DW6quffVv6IEdChOfg_eqR0WyjA'),
  ('33 exp 253402300800', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOjI1MzQwMjMwMDgwMCwiaXNzIjoiam9lIiwiYXVkIjoiYXBwIn0._qtUcGl7I5b4_IpGKnQHwTuw4WepMtkw78KPOOkSLx4'),
  ('34 exp null', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOm51bGwsImlzcyI6ImpvZSIsImF1ZCI6ImFwcCJ9.BdI8FRT5rvRHGmPKbMPNhTAICDk1rxj1pg0VTCKX2ns'),
  ('35 exp 99999999999999999999', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOjk5OTk5OTk5OTk5OTk5OTk5OTk5LCJpc3MiOiJqb2UiLCJhdWQiOiJhcHAifQ.2acP1VyhPHd92DOeLjyKfjb9i_ESnaurJoCENqDw8GU'),
  ('36 exp true', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOnRydWUsImlzcyI6ImpvZSIsImF1ZCI6ImFwcCJ9.xh6_S6WgwQc1ljZARpqfBkK5dBf6-mdXK4hAxRbl-c8'),
  ('37 exp a fraction', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOjQxMDI0NDQ4MDAuNzUsImlzcyI6ImpvZSIsImF1ZCI6ImFwcCJ9.HZwOErT7lXjW3m8nqa1me9RicwZf8YvmpnaLRTpJsiQ'),
  ('38 exp the last second', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOjI1MzQwMjMwMDc5OSwiaXNzIjoiam9lIiwiYXVkIjoiYXBwIn0.gMZDmW09a-KypLVcO5D-ieeVD9uourfmZiRRA51ywn0'),
  ('39 nbf text', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJuYmYiOiIxIn0.nB-CFEys75hYrWhQmLg6A9bWS_EaSadk404QgArlb4E'),
  ('40 expired', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjoxMzAwODE5MzgwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.74YsGfUagsTKAWcWzQ6jCWVBQGd2rtbu2Q0L0teZK4w'),
  ('41 exp 0', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjowLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.ryk-zA3N-4JEzmkdnVB4nrCGEvzD5hJLRixkRmM8f_4'),
  ('42 not yet', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdLCJuYmYiOjQxMDI0NDQ4MDB9.bbSJIamv0znyJCDD9SU2UI6l8X9u99rQrXllfrLXkwA'),
  ('43 issued later', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdLCJpYXQiOjQxMDI0NDQ4MDB9.TCLrh8sDETiYOQsR0woqeN5RO0k7-4DoRskL1vyQ6h0'),
  ('44 another issuer', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJKb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.IL7WMkycLOCIMgbh6mCwBRwVXQOKZQcLQ_5jURIboG0'),
  ('45 no issuer', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJhdWQiOiJhcHAifQ.eQ9oXinxsztcBAgoT7-DgXyVfv0dgEqRi_ChoX37Fnc'),
  ('46 another audience', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYXAiLCJhcHBwIl19.hopzH_Um4nikh2tjuGWjmekEEFk0asliImV_mK8Ofe0'),
  ('47 no audience', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJpc3MiOiJqb2UifQ.rN1n69bV-3Wnd9rBQsoDEs59DMrydsST1EQfKXXNQBo'),
  ('48 audience a number', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJpc3MiOiJqb2UiLCJhdWQiOlsiYXBwIiwxXX0.uCTBDR-u7zXdxzwvaCwfN4dsL7yyYVPIZ7HaqsUWMeI'),
  ('49 audience text', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJpc3MiOiJqb2UiLCJhdWQiOiJhcHAifQ.a5BsApJIoBwI8Mu34DJ7VZomBpkFz5N0x0aJcq-PcB4'),
  ('50 expired, and of another issuer', 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIn0.eyJleHAiOjEsImlzcyI6IngifQ.L4dHI0NF0AHjW1dAv_aOTLK2eUKBDleXlm_GzVHvBXc'),
  ('51 spaces and spellings kept', 'eyAiYWxnIiA6ICJIUzI1NiIsICJraWQiOiJocyIgfQ.IHsgImlzcyIgOiAiam9lIiwKICJhdWQiOiJhcHAiLCAibiI6IDFlMiwgImIiOiAxLjUwLCAidCI6ICJhIGIiIH0g.BFTVIWBuZcQaX1oREdeERB44N-UeTOWRXWYtSmWatxc'),
  ('52 not a token', 'hello'),
  ('53 empty', ''),
  ('54 a Unicode kid', 'eyJhbGciOiJIUzM4NCIsImtpZCI6InNjaGxcdTAwZmNzc2VsLVx1MjBhYyJ9.eyJzdWIiOiI3IiwiZXhwIjo0MTAyNDQ0ODAwLCJpc3MiOiJqb2UiLCJhdWQiOlsiYSIsImFwcCJdfQ.1AUYoU9N0zeqqAa-WAD6o2zlxm9VIb0Cfd1X8TyUXk1UE3ozNQp5-OMfJ9azZPuT');
select t.name, v.reason, coalesce(v.kid, 'none') from token t, stead_jwt_verify(t.token) v order by t.name;
select count(*) from token t, stead_jwt_verify(t.token) v where v.valid <> (v.reason = 'ok') or (v.header is null) = v.valid or (v.claims is null) = v.valid;
select v.header, v.claims from token t, stead_jwt_verify(t.token) v where v.valid order by t.name;
select count(*) from stead_jwt_key;

-- large and odd texts are no errors
select v.reason from stead_jwt_verify((with recursive d(n, t) as (select 1, '0123456789abcdef' union all select n + 1, t || t from d where n < 17) select t from d where n = 17)) v;
select v.reason from stead_jwt_verify((with recursive d(n, t) as (select 1, '{"a":[' union all select n + 1, t || t from d where n < 9) select t from d where n = 9)) v;
select v.reason from stead_jwt_verify('..é') v;

-- leeway
select v.reason from token t, stead_jwt_verify(t.token, 0) v where t.name like '01%';
select v.reason from token t, stead_jwt_verify(t.token, 86400) v where t.name like '40%';
select v.reason from stead_jwt_verify('x', -1) v;
select v.reason from stead_jwt_verify('x', 86401) v;
select v.reason from stead_jwt_verify('x', null) v;
select v.reason from stead_jwt_verify(null) v;

-- signing: given claims are kept as spelled; what is added depends on the key
select stead_jwt_sign('{"sub":"7","iat":1}', 'hs2');
select stead_jwt_sign('{ "sub" : "7", "iat":1, "n": 1e2 }', 'hs');
select stead_jwt_sign('{"iat":1,"iss":"me","aud":[]}', 'hs');
select stead_jwt_sign('{"sub":"é","iat":1.5}', 'ed');
select v.reason, v.header, v.claims from stead_jwt_verify(stead_jwt_sign('{ "sub" : "7", "iat":1, "n": 1e2 }', 'hs')) v;
select v.reason, v.header, v.claims from stead_jwt_verify(stead_jwt_sign('{"iat":1}', 'es')) v;
select v.reason, v.header, v.claims from stead_jwt_verify(stead_jwt_sign('{"iat":1}', 'schlüssel-€')) v;
select v.reason, v.header, v.claims from stead_jwt_verify(stead_jwt_sign('{"iat":0,"exp":253402300798.5}', 'ed')) v;
select v.reason, v.header, v.claims from stead_jwt_verify(stead_jwt_sign('{"iat":0,"nbf":0.5}', 'ed')) v;
select v.reason from stead_jwt_verify(stead_jwt_sign('{"iat":1,"iss":"me"}', 'hs')) v;
select v.reason from stead_jwt_verify(stead_jwt_sign('{"exp":1}', 'ed')) v;
select v.reason from stead_jwt_verify(stead_jwt_sign('{}', 'ed', 1)) v;
select v.reason, case when cast(v.claims as text) like '{"iat":1_________,"exp":_%}' then 'added' end from stead_jwt_verify(stead_jwt_sign('{}', 'ed', 3153600000), 0) v;
select case when cast(v.claims as text) like '{"a":1,"iat":1_________,"iss":"joe","aud":"app"}' then 'added' end from stead_jwt_verify(stead_jwt_sign('{"a":1}', 'hs'), 0) v;

-- what is not signed
select stead_jwt_sign('{}', 'rs');
select stead_jwt_sign('{}', 'nobody');
select stead_jwt_sign('{}', '''; DROP TABLE token; --');
select stead_jwt_sign('{}', '');
select stead_jwt_sign('[]', 'hs');
select stead_jwt_sign('{"a":1e999}', 'hs');
select stead_jwt_sign('{"a":{"b":1,"\u0062":2}}', 'hs');
select stead_jwt_sign(null, 'hs');
select stead_jwt_sign('{"exp":"soon"}', 'hs');
select stead_jwt_sign('{"nbf":-1}', 'hs');
select stead_jwt_sign('{"iat":253402300800}', 'hs');
select stead_jwt_sign('{"iat":9223372036854775807}', 'hs');
select stead_jwt_sign('{"exp":4102444800}', 'hs', 60);
select stead_jwt_sign('{}', 'hs', 0);
select stead_jwt_sign('{}', 'hs', 3153600001);
select length(stead_jwt_sign('{"iat":1,"a":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}', 'hs2'));
select stead_jwt_sign('{"iat":1,"a":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}', 'hs2');

-- keys that are refused, with nothing of them in the message
select stead_jwt_key_set('k', 'none', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
select stead_jwt_key_set('k', 'hs256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
select stead_jwt_key_set('k', 'ES256K', '-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIA21hAgN65Jy/mpDfCMomgbj13mEHqTmxFXmiB2rZglooAoGCCqGSM49
AwEHoUQDQgAE9bB5GdLYQDUh+yEwChQmsw9mWe+WQOEyiCTFJWG+0TLoRvXN6IYk
wTIFOU4le3kF6zk/VGhnQHB7p4CkBXBQFA==
-----END EC PRIVATE KEY-----');
select stead_jwt_key_set('k', 'HS256', 'hush');
select stead_jwt_key_set('k', 'HS256', 'hush hush');
select stead_jwt_key_set('k', 'HS256', '');
select stead_jwt_key_set('k', 'HS256', '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyclJ/Sk3XGScbtk6UwJR
6jyvw7veUi9zCySMbRJVoTBZHg9eVHavtlXi7DgGGiwkj61RLnVi1kNZIJbLwh5m
bMuCbpR9QOqSoY6oToBN13Vkpt5CGA84DCUTWLflh2tfTXOTMMPTSch+wxZdjG4O
j3Ao6UUqLuHLfXR9yBfI1hQZYjE83MeN9J06ms+hbGERriGB7XLJnZHbjtaI93Vh
0ZtHW7ErMFq2rTk0GZzw0z234yhfq3FYwMh6hwiuDwhegEcrvr2aZCy2MVZPppy2
mPvl6t5b4l8mzOhillBcBiy+v8OJChcylPza6BgDa0neTEjijVCAV1J6IVundeIC
MwIDAQAB
-----END PUBLIC KEY-----');
select stead_jwt_key_set('k', 'HS256', '{"kty":"oct","alg":"HS384","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}');
select stead_jwt_key_set('k', 'HS256', '{"kty":"oct","use":"enc","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}');
select stead_jwt_key_set('k', 'HS256', '{"kty":"oct","key_ops":["encrypt"],"k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}');
select stead_jwt_key_set('k', 'HS256', '{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}');
select stead_jwt_key_set('k', 'HS256', '{"kty":"oct","k":"hush hush"}');
select stead_jwt_key_set('k', 'HS256', '{"kty":"oct","k":"hush"');
select stead_jwt_key_set('k', 'RS256', '-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQClNy+KPbtYXn6w63lZfbTOtfFH
2swfB+veNJLFcWwEB3pY8c+HsESEgOSS6Udu8kuUzfQ0p6/WYMNUiK9LoW/lChYO
PUJIiHE/lu3GzrbmMSkEbcDCi2v4FMzRYjPRs01erNHeB8zklVCWcKC9Oe6O+Dkd
J2BCRWdElqphJA+cRwIDAQAB
-----END PUBLIC KEY-----');
select stead_jwt_key_set('k', 'RS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
select stead_jwt_key_set('k', 'RS256', '-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIA21hAgN65Jy/mpDfCMomgbj13mEHqTmxFXmiB2rZglooAoGCCqGSM49
AwEHoUQDQgAE9bB5GdLYQDUh+yEwChQmsw9mWe+WQOEyiCTFJWG+0TLoRvXN6IYk
wTIFOU4le3kF6zk/VGhnQHB7p4CkBXBQFA==
-----END EC PRIVATE KEY-----');
select stead_jwt_key_set('k', 'ES256', '-----BEGIN EC PARAMETERS-----
BgUrgQQAIg==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MIGkAgEBBDASMdeDE2YlibAHFRjdj50NxqnNsDkicdVRj8oyjUwvEMQcmGdYR71p
1E/1SY+QPbygBwYFK4EEACKhZANiAATlwbec0TpM0wRQmNj4zfkEpWJy5Yji70q2
oqD53726GTJM0GHT/NwrQtgcHIpvR4/F7b9rAJLEqukweb+SN3bBkr3vzXp03u2W
nYZEJG3q/O0y1s6zDv12Nj83yV1vonU=
-----END EC PRIVATE KEY-----');
select stead_jwt_key_set('k', 'ES256', '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyclJ/Sk3XGScbtk6UwJR
6jyvw7veUi9zCySMbRJVoTBZHg9eVHavtlXi7DgGGiwkj61RLnVi1kNZIJbLwh5m
bMuCbpR9QOqSoY6oToBN13Vkpt5CGA84DCUTWLflh2tfTXOTMMPTSch+wxZdjG4O
j3Ao6UUqLuHLfXR9yBfI1hQZYjE83MeN9J06ms+hbGERriGB7XLJnZHbjtaI93Vh
0ZtHW7ErMFq2rTk0GZzw0z234yhfq3FYwMh6hwiuDwhegEcrvr2aZCy2MVZPppy2
mPvl6t5b4l8mzOhillBcBiy+v8OJChcylPza6BgDa0neTEjijVCAV1J6IVundeIC
MwIDAQAB
-----END PUBLIC KEY-----');
select stead_jwt_key_set('k', 'ES256', '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1"}');
select stead_jwt_key_set('k', 'ES256', '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}');
select stead_jwt_key_set('k', 'EdDSA', '-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIA21hAgN65Jy/mpDfCMomgbj13mEHqTmxFXmiB2rZglooAoGCCqGSM49
AwEHoUQDQgAE9bB5GdLYQDUh+yEwChQmsw9mWe+WQOEyiCTFJWG+0TLoRvXN6IYk
wTIFOU4le3kF6zk/VGhnQHB7p4CkBXBQFA==
-----END EC PRIVATE KEY-----');
select stead_jwt_key_set('k', 'EdDSA', '-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhyW12zh7K0SAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEBAPtQZ4Yf5Nwy21pgHeY2IEQCse
vnYDkEi57swuhpsqMGFNcM+vAjYt9M9noZcQTonbVAoWpMbynajjy8QrHQbwP3Is
1YMBk8cAS5zKKzRzUPs=
-----END ENCRYPTED PRIVATE KEY-----');
select stead_jwt_key_set('', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
select stead_jwt_key_set('123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
select stead_jwt_key_set(null, 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
select stead_jwt_key_set('k', null, 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY');
select stead_jwt_key_set('k', 'HS256', null);
select stead_jwt_key_set('k', 'HS256', (with recursive d(n, t) as (select 1, '0123456789abcdef' union all select n + 1, t || t from d where n < 11) select t || 'A' from d where n = 11));
select stead_jwt_key_set('k', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', (with recursive d(n, t) as (select 1, '0123456789abcdef' union all select n + 1, t || t from d where n < 7) select substr(t, 1, 1001) from d where n = 7));
select stead_jwt_key_set('k', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', null, (with recursive d(n, t) as (select 1, '0123456789abcdef' union all select n + 1, t || t from d where n < 7) select substr(t, 1, 1001) from d where n = 7));
select stead_jwt_key_delete(null);
select stead_jwt_key_delete('');
select count(*) from stead_jwt_key where kid = 'k';
select case when stead_jwt_key_set('long', 'HS256', (with recursive d(n, t) as (select 1, '0123456789abcdef' union all select n + 1, t || t from d where n < 11) select t from d where n = 11)) then 'changed' end;
select v.reason from stead_jwt_verify(stead_jwt_sign('{}', 'long')) v;
select case when stead_jwt_key_delete('long') then 'deleted' end;

-- a key is replaced as a whole: algorithm, issuer and audience, and its private part
select case when stead_jwt_key_set('rs', 'RS256', '-----BEGIN RSA PRIVATE KEY-----
MIIEpQIBAAKCAQEAyclJ/Sk3XGScbtk6UwJR6jyvw7veUi9zCySMbRJVoTBZHg9e
VHavtlXi7DgGGiwkj61RLnVi1kNZIJbLwh5mbMuCbpR9QOqSoY6oToBN13Vkpt5C
GA84DCUTWLflh2tfTXOTMMPTSch+wxZdjG4Oj3Ao6UUqLuHLfXR9yBfI1hQZYjE8
3MeN9J06ms+hbGERriGB7XLJnZHbjtaI93Vh0ZtHW7ErMFq2rTk0GZzw0z234yhf
q3FYwMh6hwiuDwhegEcrvr2aZCy2MVZPppy2mPvl6t5b4l8mzOhillBcBiy+v8OJ
ChcylPza6BgDa0neTEjijVCAV1J6IVundeICMwIDAQABAoIBAAZNFVTk+RgXAjWJ
7gLSkzlDzN9JWg9p8Oc7rHDpfigK6PWB2Fm93Q3OD8h9lV8y2q9r45mWS9BSCRH1
84XryhoCnt+SHnks+gg2erX81rFwNoTpctnqe78RV1HRaEb6yN6TydhffRUUQDUa
WTB97VF4WKa0JLWTEnYn8ZeSepCIwPJMmp5YzqLVmu+8wxRV0J5Txj6fKZIHjsF2
z8m0EhJNISOLFXbO7muhi7mLuq08U9vG2KULwGCex0VO/J+k5FxPgESVKlSd3Mtb
IVvXB+N3s/oQykDGW18OrQwRIvmbQzTYw+7P/HP6QCONWgpNAcch/V+8+Se1Z+h8
63U732ECgYEA492LGMag0UlXGYl7pf+tHtctGX76ZlAykvVaMmf6/2fZRzy166C2
SZZ/kz6XzjXh7Q4BsowXV9O9lLJUVVdZuMrN6rVP+VJmcBtTylNz69e7FvQWfrXr
dy5oJB9iV/uKFj3Qi5oAfZsnYGvDKOOfY2VTZVU9V1XywNfxyvmd8+ECgYEA4rNt
TA830GpyQKxKr4tdFAihJoVvq4TFkqasp44uq2uL5+TpO/JqSt5QIbA+lkQq7qiH
wdavs3Ke9RTIHpiYUV8tgFKdfNH0IYgqVes41nN/THW3H9bgH0YuK7ulBQMJoc0y
AE4i7sXVNrXv9Keu+Tosh1KtCUWakJUtkumN+JMCgYEA4Ug1r2chtAkIfgz5HKNt
a6JdymlJ80Gy3qyIYnF/LGhl3xJc4frgfly3AMLPn2aSWaaRcw8iPQjw1ESDMGTO
Je8MKtLboKog8RFzhAOCBlghdo4Yd2owxIIzIBOPTWE5ose2mW7GsWhmQ+QG7TQu
bzzMeNEPdntZJ+PYAE9OJMECgYEAwP7BkJvwB0VnyPkkh/fcIL8L+lBk9h8NWED/
AZJA1vyy2ZN+n+NLbDuA+n0heynDZvQgxvuvDtUI0FqF185O9g9SHEm4+1d+P8G9
UPH0rFUdTYl1geybVuSXT/Hqla61V4LqC2p5wM65Kl+PTbgndNN6ryXKW/dek7H8
X3Lnw3MCgYEAk0G3NXJMKt+0NGrJrXN9oNoOWAyB1eyjzzMr2tgnW/B3AlbMp6os
yL3hxM51c72YVY+D4c5cvVnDxopstGAE+sSYCY68BBokmzl2HcXg5zI4zNLtpkRx
LtHNCiYtKRq3tC9+y1oJxwE3j2VBfxifYz5pBJYCDKOVaQ20rKT4S8M=
-----END RSA PRIVATE KEY-----') then 'changed' end;
select case when stead_jwt_key_set('rs', 'RS256', '-----BEGIN PRIVATE KEY-----
MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQDJyUn9KTdcZJxu
2TpTAlHqPK/Du95SL3MLJIxtElWhMFkeD15Udq+2VeLsOAYaLCSPrVEudWLWQ1kg
lsvCHmZsy4JulH1A6pKhjqhOgE3XdWSm3kIYDzgMJRNYt+WHa19Nc5Mww9NJyH7D
Fl2Mbg6PcCjpRSou4ct9dH3IF8jWFBliMTzcx430nTqaz6FsYRGuIYHtcsmdkduO
1oj3dWHRm0dbsSswWratOTQZnPDTPbfjKF+rcVjAyHqHCK4PCF6ARyu+vZpkLLYx
Vk+mnLaY++Xq3lviXybM6GKWUFwGLL6/w4kKFzKU/NroGANrSd5MSOKNUIBXUnoh
W6d14gIzAgMBAAECggEABk0VVOT5GBcCNYnuAtKTOUPM30laD2nw5zuscOl+KAro
9YHYWb3dDc4PyH2VXzLar2vjmZZL0FIJEfXzhevKGgKe35IeeSz6CDZ6tfzWsXA2
hOly2ep7vxFXUdFoRvrI3pPJ2F99FRRANRpZMH3tUXhYprQktZMSdifxl5J6kIjA
8kyanljOotWa77zDFFXQnlPGPp8pkgeOwXbPybQSEk0hI4sVds7ua6GLuYu6rTxT
28bYpQvAYJ7HRU78n6TkXE+ARJUqVJ3cy1shW9cH43ez+hDKQMZbXw6tDBEi+ZtD
NNjD7s/8c/pAI41aCk0BxyH9X7z5J7Vn6HzrdTvfYQKBgQDj3YsYxqDRSVcZiXul
/60e1y0ZfvpmUDKS9VoyZ/r/Z9lHPLXroLZJln+TPpfONeHtDgGyjBdX072UslRV
V1m4ys3qtU/5UmZwG1PKU3Pr17sW9BZ+tet3LmgkH2JX+4oWPdCLmgB9mydga8Mo
459jZVNlVT1XVfLA1/HK+Z3z4QKBgQDis21MDzfQanJArEqvi10UCKEmhW+rhMWS
pqynji6ra4vn5Ok78mpK3lAhsD6WRCruqIfB1q+zcp71FMgemJhRXy2AUp180fQh
iCpV6zjWc39Mdbcf1uAfRi4ru6UFAwmhzTIATiLuxdU2te/0p675OiyHUq0JRZqQ
lS2S6Y34kwKBgQDhSDWvZyG0CQh+DPkco21rol3KaUnzQbLerIhicX8saGXfElzh
+uB+XLcAws+fZpJZppFzDyI9CPDURIMwZM4l7wwq0tugqiDxEXOEA4IGWCF2jhh3
ajDEgjMgE49NYTmix7aZbsaxaGZD5AbtNC5vPMx40Q92e1kn49gAT04kwQKBgQDA
/sGQm/AHRWfI+SSH99wgvwv6UGT2Hw1YQP8BkkDW/LLZk36f40tsO4D6fSF7KcNm
9CDG+68O1QjQWoXXzk72D1IcSbj7V34/wb1Q8fSsVR1NiXWB7JtW5JdP8eqVrrVX
guoLannAzrkqX49NuCd003qvJcpb916TsfxfcufDcwKBgQCTQbc1ckwq37Q0asmt
c32g2g5YDIHV7KPPMyva2Cdb8HcCVsynqizIveHEznVzvZhVj4Phzly9WcPGimy0
YAT6xJgJjrwEGiSbOXYdxeDnMjjM0u2mRHEu0c0KJi0pGre0L37LWgnHATePZUF/
GJ9jPmkElgIMo5VpDbSspPhLww==
-----END PRIVATE KEY-----') then 'changed' else 'same' end;
select v.reason from stead_jwt_verify(stead_jwt_sign('{}', 'rs')) v;
select v.reason from token t, stead_jwt_verify(t.token) v where t.name like '02%';
select case when stead_jwt_key_set('rs', 'PS256', '-----BEGIN PRIVATE KEY-----
MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQDJyUn9KTdcZJxu
2TpTAlHqPK/Du95SL3MLJIxtElWhMFkeD15Udq+2VeLsOAYaLCSPrVEudWLWQ1kg
lsvCHmZsy4JulH1A6pKhjqhOgE3XdWSm3kIYDzgMJRNYt+WHa19Nc5Mww9NJyH7D
Fl2Mbg6PcCjpRSou4ct9dH3IF8jWFBliMTzcx430nTqaz6FsYRGuIYHtcsmdkduO
1oj3dWHRm0dbsSswWratOTQZnPDTPbfjKF+rcVjAyHqHCK4PCF6ARyu+vZpkLLYx
Vk+mnLaY++Xq3lviXybM6GKWUFwGLL6/w4kKFzKU/NroGANrSd5MSOKNUIBXUnoh
W6d14gIzAgMBAAECggEABk0VVOT5GBcCNYnuAtKTOUPM30laD2nw5zuscOl+KAro
9YHYWb3dDc4PyH2VXzLar2vjmZZL0FIJEfXzhevKGgKe35IeeSz6CDZ6tfzWsXA2
hOly2ep7vxFXUdFoRvrI3pPJ2F99FRRANRpZMH3tUXhYprQktZMSdifxl5J6kIjA
8kyanljOotWa77zDFFXQnlPGPp8pkgeOwXbPybQSEk0hI4sVds7ua6GLuYu6rTxT
28bYpQvAYJ7HRU78n6TkXE+ARJUqVJ3cy1shW9cH43ez+hDKQMZbXw6tDBEi+ZtD
NNjD7s/8c/pAI41aCk0BxyH9X7z5J7Vn6HzrdTvfYQKBgQDj3YsYxqDRSVcZiXul
/60e1y0ZfvpmUDKS9VoyZ/r/Z9lHPLXroLZJln+TPpfONeHtDgGyjBdX072UslRV
V1m4ys3qtU/5UmZwG1PKU3Pr17sW9BZ+tet3LmgkH2JX+4oWPdCLmgB9mydga8Mo
459jZVNlVT1XVfLA1/HK+Z3z4QKBgQDis21MDzfQanJArEqvi10UCKEmhW+rhMWS
pqynji6ra4vn5Ok78mpK3lAhsD6WRCruqIfB1q+zcp71FMgemJhRXy2AUp180fQh
iCpV6zjWc39Mdbcf1uAfRi4ru6UFAwmhzTIATiLuxdU2te/0p675OiyHUq0JRZqQ
lS2S6Y34kwKBgQDhSDWvZyG0CQh+DPkco21rol3KaUnzQbLerIhicX8saGXfElzh
+uB+XLcAws+fZpJZppFzDyI9CPDURIMwZM4l7wwq0tugqiDxEXOEA4IGWCF2jhh3
ajDEgjMgE49NYTmix7aZbsaxaGZD5AbtNC5vPMx40Q92e1kn49gAT04kwQKBgQDA
/sGQm/AHRWfI+SSH99wgvwv6UGT2Hw1YQP8BkkDW/LLZk36f40tsO4D6fSF7KcNm
9CDG+68O1QjQWoXXzk72D1IcSbj7V34/wb1Q8fSsVR1NiXWB7JtW5JdP8eqVrrVX
guoLannAzrkqX49NuCd003qvJcpb916TsfxfcufDcwKBgQCTQbc1ckwq37Q0asmt
c32g2g5YDIHV7KPPMyva2Cdb8HcCVsynqizIveHEznVzvZhVj4Phzly9WcPGimy0
YAT6xJgJjrwEGiSbOXYdxeDnMjjM0u2mRHEu0c0KJi0pGre0L37LWgnHATePZUF/
GJ9jPmkElgIMo5VpDbSspPhLww==
-----END PRIVATE KEY-----', 'joe') then 'changed' else 'same' end;
select v.reason from token t, stead_jwt_verify(t.token) v where t.name like '02%';
select v.reason, v.header, v.claims from stead_jwt_verify(stead_jwt_sign('{"iat":1}', 'rs')) v;
select case when stead_jwt_key_set('rs', 'PS256', '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyclJ/Sk3XGScbtk6UwJR
6jyvw7veUi9zCySMbRJVoTBZHg9eVHavtlXi7DgGGiwkj61RLnVi1kNZIJbLwh5m
bMuCbpR9QOqSoY6oToBN13Vkpt5CGA84DCUTWLflh2tfTXOTMMPTSch+wxZdjG4O
j3Ao6UUqLuHLfXR9yBfI1hQZYjE83MeN9J06ms+hbGERriGB7XLJnZHbjtaI93Vh
0ZtHW7ErMFq2rTk0GZzw0z234yhfq3FYwMh6hwiuDwhegEcrvr2aZCy2MVZPppy2
mPvl6t5b4l8mzOhillBcBiy+v8OJChcylPza6BgDa0neTEjijVCAV1J6IVundeIC
MwIDAQAB
-----END PUBLIC KEY-----') then 'changed' else 'same' end;
select stead_jwt_sign('{}', 'rs');
select count(*), max(coalesce(issuer, 'none')) from stead_jwt_key where kid = 'rs';
select count(*) from stead_jwt_private_key where kid = 'rs';

-- rotation: the newest key signs, the old one still verifies until it is deleted
select case when stead_jwt_key_set('2026-01', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY') then 'changed' end;
insert into token select 'old', stead_jwt_sign('{"iat":1}');
select case when stead_jwt_key_set('2026-02', 'EdDSA', '-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIO+eGNCYOlB547UERGL0bp6nkH5L36kWsTWLTNFkUXX1
-----END PRIVATE KEY-----') then 'changed' end;
insert into token select 'new', stead_jwt_sign('{"iat":1}');
select t.name, v.reason, v.kid, v.header from token t, stead_jwt_verify(t.token) v where t.name in ('old', 'new') order by t.name;
select case when stead_jwt_key_set('2026-03', 'RS256', '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyclJ/Sk3XGScbtk6UwJR
6jyvw7veUi9zCySMbRJVoTBZHg9eVHavtlXi7DgGGiwkj61RLnVi1kNZIJbLwh5m
bMuCbpR9QOqSoY6oToBN13Vkpt5CGA84DCUTWLflh2tfTXOTMMPTSch+wxZdjG4O
j3Ao6UUqLuHLfXR9yBfI1hQZYjE83MeN9J06ms+hbGERriGB7XLJnZHbjtaI93Vh
0ZtHW7ErMFq2rTk0GZzw0z234yhfq3FYwMh6hwiuDwhegEcrvr2aZCy2MVZPppy2
mPvl6t5b4l8mzOhillBcBiy+v8OJChcylPza6BgDa0neTEjijVCAV1J6IVundeIC
MwIDAQAB
-----END PUBLIC KEY-----') then 'changed' end;
select v.kid from stead_jwt_verify(stead_jwt_sign('{}')) v;
select case when stead_jwt_key_delete('2026-01') then 'deleted' end;
select case when stead_jwt_key_delete('2026-01') then 'deleted' else 'none' end;
select t.name, v.reason, coalesce(v.kid, 'none') from token t, stead_jwt_verify(t.token) v where t.name in ('old', 'new') order by t.name;
select count(*) from stead_jwt_private_key where kid = '2026-01';

-- hostile names are names
select case when stead_jwt_key_set('''; DROP TABLE token; --', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', null, 'app') then 'changed' end;
select case when stead_jwt_key_set('a
b"\', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', null, 'app') then 'changed' end;
select t.name, v.reason, v.kid from token t, stead_jwt_verify(t.token) v where t.name like '16%' or t.name like '17%' order by t.name;
select v.header from stead_jwt_verify(stead_jwt_sign('{}', 'a
b"\')) v;

-- rolled back: as if it had not been
begin;
select case when stead_jwt_key_set('hs', 'HS256', 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow') then 'changed' end;
select v.reason from token t, stead_jwt_verify(t.token) v where t.name like '01%';
rollback;
select v.reason from token t, stead_jwt_verify(t.token) v where t.name like '01%';
begin;
select case when stead_jwt_key_delete('hs') then 'deleted' end;
select v.reason from token t, stead_jwt_verify(t.token) v where t.name like '01%';
rollback;
select v.reason from token t, stead_jwt_verify(t.token) v where t.name like '01%';

-- a record changed by hand denies
update stead_jwt_key set public_key = 'x' where kid = 'es';
select v.reason from token t, stead_jwt_verify(t.token) v where t.name like '03%';
update stead_jwt_key set algorithm = 'none' where kid = 'ed';
select v.reason from token t, stead_jwt_verify(t.token) v where t.name like '04%';
select stead_jwt_sign('{}', 'ed');
delete from stead_jwt_private_key where kid = 'hs';
select v.reason from token t, stead_jwt_verify(t.token) v where t.name like '01%';
drop table token;

-- list and publish: what is public
delete from stead_jwt_key;
delete from stead_jwt_private_key;
select case when stead_jwt_key_set('h', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', 'us') then 'set' end;
select case when stead_jwt_key_set('ec', 'ES256', '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}', null, null, true) then 'set' end;
select case when stead_jwt_key_set('ed', 'EdDSA', '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}') then 'set' end;
select case when stead_jwt_key_set('rs', 'RS256', '{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}') then 'set' end;
select kid, algorithm, case when public_key is null then 'secret' else substr(public_key, 1, 26) end, issuer, case when for_sessions then 'for sessions' else 'not' end, case when can_sign then 'signs' else 'verifies' end, case when created_at <= updated_at then 'times' end from stead_jwt_key_list();
select stead_jwt_jwks();
-- what others read from it is the same key
select case when stead_jwt_key_set('ec', 'ES256', '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}', null, null, true) then 'without its private part' end;
select kid, case when can_sign then 'signs' else 'verifies' end from stead_jwt_key_list() where kid = 'ec';
-- a record that somebody damaged is left out
update stead_jwt_key set public_key = 'nonsense' where kid <> 'ed';
select stead_jwt_jwks();
delete from stead_jwt_key;
select stead_jwt_jwks();

-- samples and seeds: see tests/support/samples
-- seed: SELECT stead_jwt_key_set('secret', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY', 'joe', 'app');
-- seed: SELECT stead_jwt_key_set('ed', 'EdDSA',
--   '{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}');
-- sample: SELECT stead_jwt_key_set('ec', 'ES256',
--   '{"kty":"EC","crv":"P-256","key_ops":["sign"],"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}',
--   'joe', 'app');
-- sample: SELECT stead_jwt_key_set('secret', 'HS384',
--   'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm');
-- sample: SELECT stead_jwt_key_delete('ed');
-- sample: SELECT stead_jwt_sign('{ "iat":1, "n":1e2 }', 'secret'), stead_jwt_sign('{"iat":1.5}') LIKE 'eyJ%.%.%';
-- sample: SELECT valid, reason, kid, header, claims FROM stead_jwt_verify(stead_jwt_sign('{"iat":1,"sid":"s"}',
--   'secret'));
-- sample: SELECT valid, reason, kid FROM
--   stead_jwt_verify('eyJhbGciOiJFZERTQSJ9.e30.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg');
-- sample: SELECT kid, algorithm, issuer, for_sessions, can_sign FROM stead_jwt_key_list();
-- sample: SELECT stead_jwt_jwks();
