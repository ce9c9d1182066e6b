//! One question for the TXT records of a name, and what an answer to it says.

use std::collections::BTreeMap;

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};

/// The media type of a message.
pub const DNS_MESSAGE: &str = "application/dns-message";

/// The id of every question: caches then take equal questions for equal (RFC 8484, 4.1).
const ID: u16 = 0;
/// Records that one section of an answer may have. The parser would make room for as many as the head says.
const RECORDS_MAX: u16 = 200;
/// Names that one may lead to after the other.
const ALIASES_MAX: usize = 8;
const HEAD_BYTES: usize = 12;

/// What the DNS knows under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The texts of its TXT records, each put together from its parts.
    Texts(Vec<String>),
    Nothing(Missing),
}

/// Why there is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The name does not exist (NXDOMAIN).
    Name,
    /// The name exists, without TXT records.
    Record,
}

/// Why an answer says nothing about the name, as a sentence about whoever gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The resolver could not find out: the domain's own servers do not answer, or their signatures are wrong (SERVFAIL).
    Failed,
    /// The resolver does not want to.
    Refused(&'static str),
    /// The answer is cut off.
    Truncated,
    /// The answer is to another question, or to none.
    NotTheAnswer,
    /// No DNS message.
    Garbage,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed => f.write_str("the domain's name servers do not answer, or answer wrongly (SERVFAIL)"),
            Self::Refused(code) => write!(f, "the resolver refuses to look ({code})"),
            Self::Truncated => f.write_str("the resolver's answer is cut off"),
            Self::NotTheAnswer => f.write_str("the resolver answered another question"),
            Self::Garbage => f.write_str("the resolver's answer is no DNS message"),
        }
    }
}

/// The question for the TXT records of a name. `None` for what cannot be a name: it is too long.
pub fn question(name: &str) -> Option<Vec<u8>> {
    let mut packet = Packet::new_query(ID);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(asked(name)?);
    packet.build_bytes_vec().ok()
}

/// What an answer says about the TXT records of the name that was asked for, or of the one that it is another name for.
///
/// # Errors
/// When it says nothing about them.
pub fn read_answer(name: &str, message: &[u8]) -> Result<Found, Trouble> {
    let packet = parse(message)?;
    let question = asked(name).ok_or(Trouble::NotTheAnswer)?;
    let is_answer = packet.has_flags(PacketFlag::RESPONSE) && packet.opcode() == OPCODE::StandardQuery;
    if !is_answer || packet.id() != ID {
        return Err(Trouble::NotTheAnswer);
    }
    match packet.questions.as_slice() {
        [one] if one.qname == question.qname && one.qtype == question.qtype && one.qclass == question.qclass => {}
        _ => return Err(Trouble::NotTheAnswer),
    }
    if packet.has_flags(PacketFlag::TRUNCATION) {
        return Err(Trouble::Truncated);
    }
    match packet.rcode() {
        RCODE::NoError => {}
        RCODE::NameError => return Ok(Found::Nothing(Missing::Name)),
        RCODE::ServerFailure => return Err(Trouble::Failed),
        RCODE::Refused => return Err(Trouble::Refused("REFUSED")),
        RCODE::NotImplemented => return Err(Trouble::Refused("NOTIMP")),
        RCODE::FormatError => return Err(Trouble::Refused("FORMERR")),
        _ => return Err(Trouble::Refused("another error")),
    }
    Ok(texts(packet, &question.qname))
}

fn asked(name: &str) -> Option<Question<'_>> {
    let name = Name::new(name).ok()?;
    Some(Question::new(name, QTYPE::TYPE(TYPE::TXT), QCLASS::CLASS(CLASS::IN), false))
}

fn parse(message: &[u8]) -> Result<Packet<'_>, Trouble> {
    let head = message.get(..HEAD_BYTES).ok_or(Trouble::Garbage)?;
    let counts = head.get(4..).unwrap_or_default().chunks_exact(2);
    let is_large = |pair: &[u8]| <[u8; 2]>::try_from(pair).is_ok_and(|pair| u16::from_be_bytes(pair) > RECORDS_MAX);
    if counts.into_iter().any(is_large) {
        return Err(Trouble::Garbage);
    }
    Packet::parse(message).map_err(|_| Trouble::Garbage)
}

/// The texts under the name, or under the one at the end of the aliases that the answer tells of. Whatever else it has is about
/// names that nobody asked for.
fn texts(packet: Packet<'_>, name: &Name<'_>) -> Found {
    let mut aliases: BTreeMap<String, Name<'_>> = BTreeMap::new();
    let mut texts: Vec<(Name<'_>, String)> = Vec::new();
    for record in packet.answers.into_iter().filter(|record| record.class == CLASS::IN) {
        match record.rdata {
            RData::CNAME(alias) => drop(aliases.insert(key(&record.name), alias.0)),
            // What is no text is none of ours.
            RData::TXT(text) => texts.extend(String::try_from(text).ok().map(|text| (record.name, text))),
            _ => {}
        }
    }
    let mut end = name;
    for _ in 0..ALIASES_MAX {
        let Some(next) = aliases.get(&key(end)) else { break };
        end = next;
    }
    let found: Vec<String> = texts.into_iter().filter(|(owner, _)| owner == end).map(|(_, text)| text).collect();
    if found.is_empty() { Found::Nothing(Missing::Record) } else { Found::Texts(found) }
}

/// Names are compared without regard to case.
fn key(name: &Name<'_>) -> String {
    name.to_string().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::{A, CNAME, TXT};

    use super::*;

    const NAME: &str = "_latchkey-challenge.acme.example";

    fn txt(name: &'static str, parts: &[&'static str]) -> ResourceRecord<'static> {
        let mut text = TXT::new();
        parts.iter().for_each(|part| text.add_string(part).unwrap());
        ResourceRecord::new(Name::new(name).unwrap(), CLASS::IN, 60, RData::TXT(text))
    }

    fn alias(from: &'static str, to: &'static str) -> ResourceRecord<'static> {
        let to = RData::CNAME(CNAME(Name::new(to).unwrap()));
        ResourceRecord::new(Name::new(from).unwrap(), CLASS::IN, 60, to)
    }

    fn answer(records: Vec<ResourceRecord<'static>>) -> Packet<'static> {
        let mut packet = Packet::new_reply(ID);
        packet.questions.push(asked(NAME).unwrap());
        packet.answers = records;
        packet
    }

    fn read(packet: &Packet<'_>) -> Result<Found, Trouble> {
        read_answer(NAME, &packet.build_bytes_vec_compressed().unwrap())
    }

    fn found(texts: &[&str]) -> Result<Found, Trouble> {
        Ok(Found::Texts(texts.iter().map(|text| (*text).to_owned()).collect()))
    }

    #[test]
    fn a_question_is_one_message_with_one_question() {
        let bytes = question(NAME).unwrap();
        let packet = Packet::parse(&bytes).unwrap();
        assert!(packet.id() == 0 && packet.has_flags(PacketFlag::RECURSION_DESIRED) && packet.questions.len() == 1);
        assert!(!packet.has_flags(PacketFlag::RESPONSE));
        assert_eq!(packet.questions[0].qname.to_string(), NAME);
        assert_eq!(question(&format!("{}.example", "a".repeat(64))), None);
        assert_eq!(question(&format!("{}example", "a.".repeat(125))), None);
    }

    #[test]
    fn all_texts_are_found_each_put_together_from_its_parts() {
        assert_eq!(read(&answer(vec![txt(NAME, &["one"]), txt(NAME, &["t", "w", "o"])])), found(&["one", "two"]));
        assert_eq!(read(&answer(vec![txt("_LATCHKEY-Challenge.Acme.Example", &["one"])])), found(&["one"]));
    }

    #[test]
    fn an_alias_is_followed_to_its_end_and_no_further() {
        let end = "proof.host.example";
        assert_eq!(read(&answer(vec![alias(NAME, end), txt(end, &["one"])])), found(&["one"]));
        let two = vec![txt(end, &["one"]), alias("a.host.example", end), alias(NAME, "A.host.example")];
        assert_eq!(read(&answer(two)), found(&["one"]));
        let nowhere = Ok(Found::Nothing(Missing::Record));
        assert_eq!(read(&answer(vec![alias(NAME, end)])), nowhere);
        assert_eq!(read(&answer(vec![alias(NAME, end), alias(end, NAME)])), nowhere);
        assert_eq!(read(&answer(vec![alias("other.example", end), txt(end, &["one"])])), nowhere);
        // A text beside an alias of the same name is not to be there: the alias counts.
        assert_eq!(read(&answer(vec![alias(NAME, end), txt(NAME, &["one"])])), nowhere);
    }

    #[test]
    fn records_of_other_names_and_kinds_prove_nothing() {
        let address = RData::A(A { address: 0x7f00_0001 });
        let address = ResourceRecord::new(Name::new(NAME).unwrap(), CLASS::IN, 60, address);
        let mut packet = answer(vec![txt("acme.example", &["one"]), address]);
        packet.additional_records.push(txt(NAME, &["two"]));
        packet.name_servers.push(txt(NAME, &["three"]));
        assert_eq!(read(&packet), Ok(Found::Nothing(Missing::Record)));
        let mut chaos = txt(NAME, &["one"]);
        chaos.class = CLASS::CH;
        assert_eq!(read(&answer(vec![chaos])), Ok(Found::Nothing(Missing::Record)));
    }

    #[test]
    fn an_answer_to_another_question_is_none() {
        let lies: [fn(&mut Packet<'static>); 6] = [
            |packet| packet.set_id(7),
            |packet| packet.remove_flags(PacketFlag::RESPONSE),
            |packet| packet.questions.clear(),
            |packet| packet.questions = vec![asked("_latchkey-challenge.evil.example").unwrap()],
            |packet| packet.questions[0].qtype = QTYPE::TYPE(TYPE::A),
            |packet| packet.questions.push(asked(NAME).unwrap()),
        ];
        for (n, lie) in lies.iter().enumerate() {
            let mut packet = answer(vec![txt(NAME, &["one"])]);
            lie(&mut packet);
            assert_eq!(read(&packet), Err(Trouble::NotTheAnswer), "lie {n}");
        }
    }

    #[test]
    fn what_the_resolver_could_not_find_out_says_nothing_about_the_name() {
        let mut packet = answer(Vec::new());
        *packet.rcode_mut() = RCODE::NameError;
        assert_eq!(read(&packet), Ok(Found::Nothing(Missing::Name)));
        *packet.rcode_mut() = RCODE::ServerFailure;
        assert_eq!(read(&packet), Err(Trouble::Failed));
        *packet.rcode_mut() = RCODE::Refused;
        assert_eq!(read(&packet), Err(Trouble::Refused("REFUSED")));
        let mut packet = answer(vec![txt(NAME, &["one"])]);
        packet.set_flags(PacketFlag::TRUNCATION);
        assert_eq!(read(&packet), Err(Trouble::Truncated));
    }

    #[test]
    fn a_head_that_promises_millions_of_records_makes_no_room_for_them() {
        let mut bytes = question(NAME).unwrap();
        bytes[6..12].fill(0xff);
        assert_eq!(read_answer(NAME, &bytes), Err(Trouble::Garbage));
        for garbage in ["", "<html>", "\0\0\u{1}\0\0\u{1}"] {
            assert_eq!(read_answer(NAME, garbage.as_bytes()), Err(Trouble::Garbage), "{garbage:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read_answer(NAME, &bytes);
        }

        #[test]
        fn no_damage_makes_the_reader_panic_or_find_what_was_not_there(at in 0_usize..200, with in any::<u8>(), cut in 0_usize..200) {
            let whole = answer(vec![alias(NAME, "b.example"), txt("b.example", &["one", "two"])]);
            let mut bytes = whole.build_bytes_vec_compressed().unwrap();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = with;
            }
            bytes.truncate(bytes.len().saturating_sub(cut));
            let _ = read_answer(NAME, &bytes);
        }
    }
}
