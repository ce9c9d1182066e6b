//! Signed notes and the checkpoints written on them, as C2SP's `signed-note` and `tlog-checkpoint` have them.
//!
//! A note is a text, an empty line, and signatures: `— name base64(key id ‖ signature)`. A checkpoint's text is the log's
//! origin, its size and its root. Only Ed25519 is spoken here; signatures of other kinds are passed over, as the form asks.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::merkle::{self, Hash};
use crate::secret::hex;
use crate::signing::{PublicKey, SigningKey};

/// The byte that stands for Ed25519 in key ids and verifier keys.
const ED25519: u8 = 1;

/// What a signature line begins with: an em dash and a blank.
const DASH: &str = "\u{2014} ";

/// Signatures of a note that are looked at.
const SIGNATURES_MAX: usize = 64;

/// What somebody who checks notes has to know: whose they are, and the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    /// Without blanks and without `+`.
    pub name: String,
    pub key: PublicKey,
}

/// A note, not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// With the line break at its end: what is signed.
    pub text: String,
    signatures: Vec<NoteSignature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct NoteSignature {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// Why a note is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    #[error("no key that is trusted has signed it")]
    Unsigned,
    #[error("the signature of {0} is wrong")]
    WrongSignature(String),
}

/// The head of a log's tree: what a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The log's name, for all time.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl VerifierKey {
    /// The first four bytes of SHA-256(name ‖ line break ‖ 0x01 ‖ key).
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519]).chain_update(self.key.0);
        let mut id = [0; 4];
        id.iter_mut().zip(hash.finalize()).for_each(|(id, byte)| *id = byte);
        id
    }

    /// Reads `name+id+key`; `None` for another kind of key, and where the id does not belong to name and key.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let bytes = STANDARD.decode(key).ok()?;
        let (kind, key) = bytes.split_first()?;
        let found = Self { name: name.to_owned(), key: PublicKey(key.try_into().ok()?) };
        (*kind == ED25519 && is_name(name) && hex(&found.id()) == id).then_some(found)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key: Vec<u8> = [ED25519].into_iter().chain(self.key.0).collect();
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), STANDARD.encode(key))
    }
}

/// The note that says `text`, which ends with a line break, signed under that name.
pub fn sign(text: &str, name: &str, key: &SigningKey) -> String {
    let verifier = VerifierKey { name: name.to_owned(), key: key.public() };
    let signature: Vec<u8> = verifier.id().into_iter().chain(key.sign(text.as_bytes())).collect();
    format!("{text}\n{DASH}{name} {}\n", STANDARD.encode(signature))
}

impl Note {
    /// `None` for anything that is not a note.
    pub fn parse(text: &str) -> Option<Self> {
        if text.chars().any(|c| c < ' ' && c != '\n') {
            return None;
        }
        let (body, lines) = text.rsplit_once("\n\n")?;
        let lines: Vec<&str> = lines.strip_suffix('\n')?.split('\n').collect();
        if lines.len() > SIGNATURES_MAX {
            return None;
        }
        let signatures = lines.into_iter().map(NoteSignature::parse).collect::<Option<Vec<_>>>()?;
        Some(Self { text: format!("{body}\n"), signatures })
    }

    /// The first of the known keys that has signed it.
    ///
    /// # Errors
    /// None has, or one of them has signed something else.
    pub fn verify<'a>(&self, known: &'a [VerifierKey]) -> Result<&'a VerifierKey, NoteFault> {
        let mut by = None;
        for signature in &self.signatures {
            let key = known.iter().find(|key| key.name == signature.name && key.id() == signature.id);
            let Some(key) = key else { continue };
            if !key.key.verifies(self.text.as_bytes(), &signature.bytes) {
                return Err(NoteFault::WrongSignature(key.name.clone()));
            }
            by = by.or(Some(key));
        }
        by.ok_or(NoteFault::Unsigned)
    }

    /// Whether that key has signed it, under whatever name.
    pub fn is_signed_by(&self, key: PublicKey) -> bool {
        self.signatures.iter().any(|signature| key.verifies(self.text.as_bytes(), &signature.bytes))
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = STANDARD.decode(bytes).ok()?;
        let (id, bytes) = bytes.split_first_chunk()?;
        is_name(name).then(|| Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    }
}

impl Head {
    /// The text of a checkpoint, to be signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, merkle::to_base64(&self.root))
    }

    /// From the text of a note. Lines after the third are somebody's extensions, and mean nothing here.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        let is_plain = number.to_string() == size && !origin.is_empty() && lines.all(|line| !line.is_empty());
        is_plain.then_some(Self { origin: origin.to_owned(), size: number, root: merkle::of_base64(root)? })
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::unhex;

    // A note that Go's module `sumdb/note` has in its documentation.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
                        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn key(text: &str) -> VerifierKey {
        VerifierKey::parse(text).unwrap_or_else(|| unreachable!("{text}"))
    }

    fn note(text: &str) -> Note {
        Note::parse(text).unwrap_or_else(|| unreachable!("{text}"))
    }

    fn mine() -> SigningKey {
        SigningKey::from_seed(&unhex(&"07".repeat(32)).unwrap_or_default())
    }

    #[test]
    fn notes_of_others_are_understood() {
        let peter = key(KEY);
        assert_eq!(peter.to_string(), KEY);
        assert_eq!(note(NOTE).verify(std::slice::from_ref(&peter)), Ok(&peter));
        let forged = note(&NOTE.replace("problem is", "answer is"));
        assert_eq!(forged.verify(&[peter]), Err(NoteFault::WrongSignature("PeterNeumann".to_owned())));
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_written() {
        let head = Head { origin: "team.example/org_1".to_owned(), size: 20_852_163, root: [9; 32] };
        let signed = sign(&head.text(), &head.origin, &mine());
        let known = [key(KEY), VerifierKey { name: head.origin.clone(), key: mine().public() }];
        assert_eq!(note(&signed).verify(&known), Ok(&known[1]));
        assert!(note(&signed).is_signed_by(mine().public()) && !note(&signed).is_signed_by(known[0].key));
        assert_eq!(Head::parse(&note(&signed).text), Some(head));
        assert_eq!(key(&known[1].to_string()), known[1]);
        // A second signature, of somebody unknown, does no harm.
        let cosigned = format!("{signed}{}", NOTE.rsplit_once("\n\n").map_or("", |(_, lines)| lines));
        assert_eq!(note(&cosigned).verify(&known[1..]), Ok(&known[1]));
        assert!(note(&cosigned).verify(&known).is_err(), "a known key has signed something else");
        assert_eq!(note(&signed).verify(&known[..1]), Err(NoteFault::Unsigned));
    }

    #[test]
    fn what_is_no_note_no_key_or_no_checkpoint_is_refused() {
        for text in [
            "",
            "a\n",
            "a\n\n",
            "a\n\n— b\n",
            "a\n\n— b c\n",
            "a\n\n- b AAAAAAAA\n",
            "a\t\n\n— b AAAAAAAA\n",
            "a\n\n— b AAAAAAAA",
        ] {
            assert_eq!(Note::parse(text), None, "{text:?}");
        }
        let swapped = KEY.replace("c74f20a3", "c74f20a4");
        for text in ["", "a+b", "a+b+c", swapped.as_str(), " +c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"] {
            assert_eq!(VerifierKey::parse(text), None, "{text:?}");
        }
        let root = merkle::to_base64(&[1; 32]);
        for text in [
            String::new(),
            format!("o\n1\n{root}"),
            format!("\n1\n{root}\n"),
            format!("o\n01\n{root}\n"),
            format!("o\n-1\n{root}\n"),
            format!("o\n+1\n{root}\n"),
            "o\n1\nAAAA\n".to_owned(),
            format!("o\n1\n{root}\n\n"),
        ] {
            assert_eq!(Head::parse(&text), None, "{text:?}");
        }
        assert!(Head::parse(&format!("o\n1\n{root}\nmore\n")).is_some());
    }
}
