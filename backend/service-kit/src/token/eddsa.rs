//! The one algorithm that tokens are signed with, as a cryptography provider of jsonwebtoken.
//!
//! Providers that come with jsonwebtoken bring the RSA crate along, whose private-key operations leak their timing
//! (RUSTSEC-2023-0071). Nothing here uses RSA, so it is not in the tree: any other algorithm is refused.

use ed25519_dalek::{
    Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey, pkcs8::DecodePrivateKey as _,
};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
    signature::{Error, Signer, Verifier},
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // They are asked for JWK conversions, and we read and write our own JWKs.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Gives jsonwebtoken its provider. jsonwebtoken keeps it for the whole process; it is a constant, and every call after
/// the first does nothing.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

struct EdDsaSigner(SigningKey);

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    if *algorithm != Algorithm::EdDSA {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let key = SigningKey::from_pkcs8_der(key.as_bytes()).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(EdDsaSigner(key)))
}

impl Signer<Vec<u8>> for EdDsaSigner {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

impl JwtSigner for EdDsaSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct EdDsaVerifier(VerifyingKey);

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    if *algorithm != Algorithm::EdDSA {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let bytes = key.try_get_as_bytes()?.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(EdDsaVerifier(key)))
}

impl Verifier<Vec<u8>> for EdDsaVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let signature = Signature::from_slice(signature).map_err(|_| Error::new())?;
        self.0.verify(message, &signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for EdDsaVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use ed25519_dalek::pkcs8::EncodePrivateKey as _;
    use jsonwebtoken::crypto;

    use super::*;

    #[test]
    fn the_example_of_rfc_8037_is_signed_and_verified() {
        install();
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        // RFC 8037, appendices A.1, A.2 and A.4.
        let seed = part("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").try_into().unwrap();
        let public = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature =
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

        let der = SigningKey::from_bytes(&seed).to_pkcs8_der().unwrap();
        let key = EncodingKey::from_ed_der(der.as_bytes());
        assert_eq!(crypto::sign(message, &key, Algorithm::EdDSA).unwrap(), signature);
        let key = DecodingKey::from_ed_components(public).unwrap();
        let verify = |signature: &str, message: &[u8]| {
            crypto::verify(signature, message, &key, Algorithm::EdDSA).unwrap()
        };
        assert!(verify(signature, message));
        assert!(!verify(signature, b"another message"));
        assert!(!verify(&signature.replace("hgyY", "hgyZ"), message));
        assert!(!verify("c2hvcnQ", message), "no signature at all");
    }

    #[test]
    fn other_algorithms_and_keys_are_refused() {
        install();
        let secret = EncodingKey::from_secret(b"a secret of 32 bytes, or nearly!");
        let public = DecodingKey::from_secret(b"a secret of 32 bytes, or nearly!");
        for algorithm in [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256] {
            assert!(crypto::sign(b"message", &secret, algorithm).is_err(), "{algorithm:?}");
            assert!(crypto::verify("c2hvcnQ", b"message", &public, algorithm).is_err(), "{algorithm:?}");
        }
        assert!(crypto::sign(b"message", &secret, Algorithm::EdDSA).is_err(), "not an Ed25519 key");
        let short = DecodingKey::from_ed_components("c2hvcnQ").unwrap();
        assert!(crypto::verify("c2hvcnQ", b"message", &short, Algorithm::EdDSA).is_err());
    }
}
