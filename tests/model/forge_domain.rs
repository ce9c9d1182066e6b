//! Forged events about domains, and about people who come in by one.

use latchkey_domain::event::{Change, DomainChanged, DomainClaimed, JoinRequestCreated, MemberJoined, Nothing};
use latchkey_domain::facts::AutoJoin;
use latchkey_domain::fresh::Fresh;
use latchkey_domain::{DomainId, JoinRequestId, MemberId, UserId};
use latchkey_store::db::Db;

use crate::steps::pick;
use crate::world::World;

pub(super) fn forge_domain<D: Db>(world: &mut World<D>, kind: u8, what: u8) -> Option<Change> {
    let auto_join = pick(&[AutoJoin::Off, AutoJoin::Ask, AutoJoin::Automatic], what);
    let user = |world: &World<D>| UserId::parse(&world.some_text("SELECT id FROM user", what)?);
    Some(match kind {
        53 => {
            let domain = pick(&["acme.example", "mill.example", "loom.example"], what).to_owned();
            Change::DomainClaimed(DomainId::new(world.fresh.uuid()), DomainClaimed { domain, auto_join })
        }
        54 | 55 => Change::DomainVerified(world.some_domain(what)?, Nothing {}),
        56 => Change::DomainChanged(world.some_domain(what)?, DomainChanged { auto_join, was: AutoJoin::Off }),
        57 => Change::DomainLapsed(world.some_domain(what)?, Nothing {}),
        58 => Change::DomainMoved(world.some_domain(what)?, Nothing {}),
        59 => Change::DomainReleased(world.some_domain(what)?, Nothing {}),
        60 | 61 => {
            let created = JoinRequestCreated { user: user(world)?, domain: world.some_domain(what / 2)? };
            Change::JoinRequestCreated(JoinRequestId::new(world.fresh.uuid()), created)
        }
        62 => Change::JoinRequestDeclined(world.some_request(what)?.0, Nothing {}),
        _ => {
            let (request, asking) = world.some_request(what)?;
            let user = if what.is_multiple_of(4) { user(world)? } else { asking };
            let (domain, request) = (world.some_domain(what), (what.is_multiple_of(2)).then_some(request));
            let joined = MemberJoined { domain, request, ..MemberJoined::founding(user, "viewer".to_owned()) };
            Change::MemberJoined(MemberId::new(world.fresh.uuid()), joined)
        }
    })
}
