//! As much of an HTTP/1.1 client as is needed to call the service on this machine.

use std::io::{BufRead as _, BufReader, Error, ErrorKind, Result, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(35);

/// Where the runtime says that it is up.
pub(crate) const HEALTH: &str = "/.well-known/spin/health";

/// The status of `GET path`.
///
/// # Errors
/// Nothing listens there, or what does speaks no HTTP or takes too long.
pub(crate) fn get(address: SocketAddr, path: &str) -> Result<u16> {
    request(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"))
}

/// The status of `POST path` without a body, with a bearer token. Errors as for [`get`].
pub(crate) fn post(address: SocketAddr, path: &str, token: &str) -> Result<u16> {
    let head = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: 0\r\n");
    request(address, &format!("{head}authorization: Bearer {token}\r\n\r\n"))
}

fn request(address: SocketAddr, text: &str) -> Result<u16> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(text.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    // To its end, so that the server is never cut off in the middle of an answer.
    std::io::copy(&mut reader, &mut std::io::sink())?;
    status(&line).ok_or_else(|| Error::new(ErrorKind::InvalidData, "the answer is not HTTP"))
}

fn status(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines() {
        assert_eq!(status("HTTP/1.1 200 OK\r\n"), Some(200));
        assert_eq!(status("HTTP/1.1 404\r\n"), Some(404));
        assert_eq!(status("SSH-2.0-OpenSSH\r\n"), None);
    }
}
