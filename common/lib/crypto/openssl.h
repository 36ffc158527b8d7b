/*
 * openssl.h - which OpenSSL will do. A file that includes a header of OpenSSL includes this one before it: so that an
 * older OpenSSL is told first, not what it lacks.
 */
#ifndef STEAD_OPENSSL_H
#define STEAD_OPENSSL_H

#include <openssl/opensslv.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "Stead needs OpenSSL 3.0 or later; this one is older"
#endif

#endif
