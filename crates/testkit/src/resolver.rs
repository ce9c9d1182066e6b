//! A DNS resolver of a test's own, over HTTP: it knows what the test tells it, and answers or misbehaves as it is told. Every app asks
//! one, so that no test asks anybody else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use simple_dns::rdata::{RData, TXT};
use simple_dns::{CLASS, Name, Packet, PacketFlag, RCODE, ResourceRecord};

use crate::{Reaction, Received, Receiver};

type Lie = dyn Fn(&Received) -> Reaction + Send + Sync;

#[derive(Default)]
struct Zone {
    texts: BTreeMap<String, Vec<String>>,
    lie: Option<Box<Lie>>,
}

/// The resolver. It stops when it is dropped.
pub struct Resolver {
    receiver: Receiver,
    zone: Arc<Mutex<Zone>>,
}

impl Resolver {
    /// Starts one that knows no name.
    pub async fn start() -> Self {
        let zone: Arc<Mutex<Zone>> = Arc::default();
        let asked = zone.clone();
        let receiver = Receiver::start(move |_, request| {
            let zone = asked.lock().unwrap_or_else(PoisonError::into_inner);
            match &zone.lie {
                Some(lie) => lie(request),
                None => answer(&request.body, &zone.texts),
            }
        });
        Self { receiver: receiver.await, zone }
    }

    /// What `dns_resolver` is.
    pub fn url(&self) -> String {
        self.receiver.url("/dns-query")
    }

    /// Sets the texts under a name; none at all: the name does not exist.
    pub fn set(&self, name: &str, texts: &[&str]) {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let name = name.to_ascii_lowercase();
        let mut zone = self.zone();
        if texts.is_empty() { drop(zone.texts.remove(&name)) } else { drop(zone.texts.insert(name, texts)) }
    }

    /// Meets every question like this from now on.
    pub fn lie(&self, lie: impl Fn(&Received) -> Reaction + Send + Sync + 'static) {
        self.zone().lie = Some(Box::new(lie));
    }

    /// Answers truly again.
    pub fn be_honest(&self) {
        self.zone().lie = None;
    }

    /// The questions so far.
    pub fn asked(&self) -> Vec<Received> {
        self.receiver.received()
    }

    fn zone(&self) -> MutexGuard<'_, Zone> {
        self.zone.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The true answer to a question, with these texts in the world.
fn answer(question: &[u8], texts: &BTreeMap<String, Vec<String>>) -> Reaction {
    let question = Packet::parse(question).expect("a DNS message");
    let name = question.questions[0].qname.to_string().to_ascii_lowercase();
    match texts.get(&name) {
        Some(texts) => {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            dns_answer(question, RCODE::NoError, &texts)
        }
        None => dns_answer(question, RCODE::NameError, &[]),
    }
}

/// An answer to that question: with that code, and these texts under the name asked for.
pub fn dns_answer(question: Packet<'_>, code: RCODE, texts: &[&str]) -> Reaction {
    let mut reply = question.into_reply();
    reply.set_flags(PacketFlag::RECURSION_AVAILABLE);
    *reply.rcode_mut() = code;
    let name = reply.questions.first().map_or_else(|| "nobody".to_owned(), |asked| asked.qname.to_string());
    for text in texts {
        let text = TXT::try_from(*text).expect("a text");
        let owner = Name::new(&name).expect("a name").into_owned();
        reply.answers.push(ResourceRecord::new(owner, CLASS::IN, 60, RData::TXT(text.into_owned())));
    }
    Reaction::Message(reply.build_bytes_vec().expect("a message"))
}
