/*
 * own.c - a product that holds its own libcrypto (LIBCRYPTO_STATIC=1 of the Makefile) reads no configuration of it: the
 * system's openssl.cnf may name providers, and these are linked with the system's libcrypto. In any other product this
 * file is empty.
 */
#include "lib/crypto/openssl.h"

#include <openssl/crypto.h>

#ifdef STEAD_OWN_LIBCRYPTO
/* Whoever is first decides about the configuration, so this runs when the library is loaded. */
__attribute__((constructor)) static void read_no_configuration(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}
#endif
