//! Small files with a secret, made once and then kept.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::failure::Failure;

/// The content of a file, which is made with `content` (mode 600) if it does not exist.
///
/// Of several processes that make it at the same time, one wins and all answer with its content. The file is never seen
/// unfinished: it gets its name when it is complete.
pub(crate) fn read_or_make(path: &Path, content: impl FnOnce() -> Result<String, Failure>) -> Result<String, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(Failure::io(format!("read {}", path.display()))(error)),
    }
    let making = || Failure::io(format!("make {}", path.display()));
    // The draft's name is random too, because threads share a process id.
    let draft = path.with_extension(format!("new-{}", random_hex::<8>()?));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(&draft).map_err(making())?;
    let written = content().and_then(|text| file.write_all(text.as_bytes()).map_err(making()));
    // Unlike a rename, a link does not replace the file of whoever was faster.
    let linked = written.map(|()| std::fs::hard_link(&draft, path));
    let _ = std::fs::remove_file(&draft);
    match linked? {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(making()(error)),
        _ => std::fs::read_to_string(path).map_err(Failure::io(format!("read {}", path.display()))),
    }
}

/// `BYTES` bytes from the operating system's random number generator, as lower-case hexadecimal digits.
pub(crate) fn random_hex<const BYTES: usize>() -> Result<String, Failure> {
    let mut bytes = [0; BYTES];
    let mut source = std::fs::File::open("/dev/urandom").map_err(Failure::io("open /dev/urandom"))?;
    source.read_exact(&mut bytes).map_err(Failure::io("read /dev/urandom"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A fresh deployment key, as the variable `secret_keys` takes it: an id and 32 bytes.
pub(crate) fn fresh_secret_keys() -> Result<String, Failure> {
    Ok(format!("k1:{}", random_hex::<32>()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn racing_makers_agree_and_leave_one_private_file() {
        let dir = std::env::temp_dir().join(format!("xtask-{}", random_hex::<8>().unwrap()));
        std::fs::create_dir(&dir).unwrap();
        let path = dir.join(".env");
        let texts: Vec<String> = std::thread::scope(|scope| {
            let makers: Vec<_> =
                (0..16).map(|_| scope.spawn(|| read_or_make(&path, fresh_secret_keys).unwrap())).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(texts.iter().all(|text| text.len() == 67 && Some(text) == texts.first()));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
