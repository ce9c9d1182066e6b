//! The words after a command's name.

use crate::failure::Failure;

/// Takes options out one by one; what is left at the end was not understood.
pub(crate) struct Arguments {
    words: Vec<String>,
}

impl Arguments {
    pub(crate) fn new(words: impl Iterator<Item = String>) -> Self {
        Self { words: words.collect() }
    }

    /// Takes an option without a value, and says whether it was there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// Takes an option with a value: `--name value` or `--name=value`. The last one counts.
    ///
    /// # Errors
    /// The option is there without its value.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.values(name)?.pop())
    }

    /// Takes an option that may be there several times, in the order given.
    ///
    /// # Errors
    /// The option is there without its value.
    pub(crate) fn values(&mut self, name: &str) -> Result<Vec<String>, Failure> {
        let mut values = Vec::new();
        let mut rest = Vec::new();
        let mut words = std::mem::take(&mut self.words).into_iter();
        while let Some(word) = words.next() {
            if word == name {
                let next = words.next().ok_or_else(|| Failure::Usage(format!("{name} needs a value.")))?;
                values.push(next);
            } else if let Some(attached) = word.strip_prefix(name).and_then(|tail| tail.strip_prefix('=')) {
                values.push(attached.to_owned());
            } else {
                rest.push(word);
            }
        }
        self.words = rest;
        Ok(values)
    }

    /// The words that are left, none of which may look like an option.
    ///
    /// # Errors
    /// One of them does.
    pub(crate) fn words(self) -> Result<Vec<String>, Failure> {
        match self.words.iter().find(|word| word.starts_with('-')) {
            Some(word) => Err(Failure::Usage(format!("{word} is not an option of this command."))),
            None => Ok(self.words),
        }
    }

    /// # Errors
    /// A word is left.
    pub(crate) fn end(self) -> Result<(), Failure> {
        match self.words.first() {
            Some(word) => Err(Failure::Usage(format!("{word} is not an option of this command."))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn arguments(words: &[&str]) -> Arguments {
        Arguments::new(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn options_are_taken_in_any_order_and_the_rest_is_refused() {
        let mut given = arguments(&["--state-dir=a b", "--release", "--listen", "127.0.0.1:1", "accept"]);
        assert_eq!(given.value("--listen").unwrap().as_deref(), Some("127.0.0.1:1"));
        assert_eq!(given.value("--state-dir").unwrap().as_deref(), Some("a b"));
        assert_eq!(arguments(&["--key", "a", "x", "--key=b"]).values("--key").unwrap(), ["a", "b"]);
        assert!(given.flag("--release") && !given.flag("--release"));
        assert_eq!(given.words().unwrap(), ["accept"]);

        assert!(matches!(arguments(&["--listen"]).value("--listen"), Err(Failure::Usage(_))));
        assert!(matches!(arguments(&["--wat"]).words(), Err(Failure::Usage(_))));
        assert!(matches!(arguments(&["wat"]).end(), Err(Failure::Usage(_))));
    }
}
