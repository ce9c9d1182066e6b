//! One story per product: its page from top to bottom, and what each of its sentences promises. Sentences about API keys,
//! verified domains, mails other than invitations, single sign-on and the console belong to operations that are still to
//! come, and are left out.

mod credentials;
mod platform;
mod portal;
mod studio;
mod themes;
