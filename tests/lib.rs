//! The tests live in the folders beside this file; the package has no code of its own.
