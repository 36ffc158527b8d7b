# normal.sed - what differs from run to run is made the same: tokens, ids, milliseconds, and times of now. Those have a
# fraction of a second, unlike the times that a page writes itself.
s/sts_[A-Za-z0-9_-]{43}/sts_TOKEN/g
s/ses_[A-Za-z0-9_-]{22}/ses_ID/g
s/(elapsed_ms"?'?: ?)[0-9]+/\1N/g
s/[0-9]{4}-[0-9]{2}-[0-9]{2}([T ])[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]*[1-9][0-9]*/TODAY\1NOW/g
s/("root":")[A-Za-z0-9+\/]{43}=/\1ROOT/g
s/("(bytes|pages|took_ms)":)[0-9]+/\1N/g
s/(error|Error) near line [0-9]+/\1/
