//! Hashes of the UTF-8 bytes, in lower-case hexadecimal digits.

use md5::Digest;

use super::Function;
use super::Shape::Text1;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "md5",
        syntax: "md5(<str>)",
        summary: "The MD5 hash.",
        examples: &[("md5(\"abc\")", "900150983cd24fb0d6963f7d28e17f72")],
        shape: Text1(hash::<md5::Md5>),
        ..Function::BLANK
    },
    Function {
        name: "sha1",
        syntax: "sha1(<str>)",
        summary: "The SHA-1 hash.",
        examples: &[("sha1(\"abc\")", "a9993e364706816aba3e25717850c26c9cd0d89d")],
        shape: Text1(hash::<sha1::Sha1>),
        ..Function::BLANK
    },
    Function {
        name: "sha256",
        syntax: "sha256(<str>)",
        summary: "The SHA-256 hash.",
        examples: &[("sha256(\"abc\")", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")],
        shape: Text1(hash::<sha2::Sha256>),
        ..Function::BLANK
    },
    Function {
        name: "sha512",
        syntax: "sha512(<str>)",
        summary: "The SHA-512 hash.",
        examples: &[("substr(sha512(\"abc\"),1,16)", "ddaf35a193617aba"), ("len(sha512(\"\"))", "128")],
        shape: Text1(hash::<sha2::Sha512>),
        ..Function::BLANK
    },
];

fn hash<D: Digest>(text: &str) -> Value {
    let mut hex = String::new();
    for byte in D::digest(text).iter() {
        for digit in [byte >> 4, byte & 15] {
            hex.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    hex.into()
}
