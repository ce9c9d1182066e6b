//! Wishes about rules and about what is bought: by a member, or by the operator.

use latchkey_domain::command::OPERATOR;
use latchkey_domain::decide::seat::NewPlan;
use latchkey_domain::facts::Asker;
use latchkey_domain::policy::{OrganizationsPerPerson, Policy};
use latchkey_domain::{Refusal, decide};
use latchkey_ops::finish;
use latchkey_store::context::{Ask, OrgContext};
use latchkey_store::db::Db;
use latchkey_store::{member, org, policy, seat};

use super::{Decided, Wish, change, refusal};
use crate::world::World;

impl<D: Db> World<D> {
    /// Decides what a member or, with nobody named, the operator asks for.
    pub(super) fn decide_rules(&self, wish: &Wish, now: i64, key: Option<&str>) -> Result<Decided, Refusal> {
        let by = |who: &Option<usize>| match who {
            Some(who) => self.ask(*who, now, key),
            None => Ask { token_hash: OPERATOR, now, idempotency_key: key },
        };
        let db = &self.db;
        Ok(match wish {
            Wish::SetPlan { who, org, plan, seats } => {
                let ask = by(who);
                let wanted = NewPlan { name: plan, seats: *seats, upgrade_url: None };
                decided(finish(org::context(db, &ask, org)).unwrap(), &ask, |asker, _| {
                    decide::seat::set_plan(asker, &wanted).map(|(command, _)| command)
                })?
            }
            Wish::SetPolicy { who, org, document } => {
                let (ask, proposed) = (by(who), Policy::parse(document).unwrap());
                let exclusive = proposed.organizations_per_person == OrganizationsPerPerson::One;
                let context = finish(policy::affected(db, &ask, org, proposed.top_role_name(), exclusive)).unwrap();
                decided(context, &ask, |asker, affected| decide::policy::set(asker, &proposed, &affected))?
            }
            Wish::LimitOrg { who, org, limits } => {
                let ask = by(who);
                let context = finish(org::context(db, &ask, org)).unwrap();
                decided(context, &ask, |asker, _| decide::seat::set_org_limits(asker, limits))?
            }
            Wish::LimitMember { who, org, target, limits } => {
                let ask = by(who);
                let context = finish(member::one(db, &ask, org, target)).unwrap();
                decided(context, &ask, |asker, target| decide::seat::set_member_limits(asker, target.as_ref(), limits))?
            }
            Wish::Restrict { who, org, target, restrictions } => {
                let ask = by(who);
                let context = finish(member::one(db, &ask, org, target)).unwrap();
                decided(context, &ask, |asker, target| decide::restriction::set(asker, target.as_ref(), restrictions))?
            }
            Wish::License { who, org, members, assign } => {
                let ask = self.ask(*who, now, key);
                let ids: Vec<String> = members.iter().map(ToString::to_string).collect();
                let context = finish(seat::licenses(db, &ask, org, &ids)).unwrap();
                decided(context, &ask, |asker, members| {
                    let Asker::Member(actor) = asker else { unreachable!() };
                    let decide = if *assign { decide::seat::assign } else { decide::seat::remove };
                    decide(actor, &members).map(|(command, _)| command)
                })?
            }
            _ => unreachable!(),
        })
    }
}

/// What the context comes to, under the name that the log will have.
fn decided<T>(
    context: OrgContext<T>,
    ask: &Ask<'_>,
    decide: impl FnOnce(&Asker, T) -> Result<latchkey_domain::command::Command, Refusal>,
) -> Result<Decided, Refusal> {
    if context.replay.is_some() {
        return Ok(Decided::Replayed);
    }
    let (asker, facts) = context.into_asker(ask).map_err(refusal)?;
    let principal = asker.name();
    Ok(change(decide(&asker, facts)?, &principal))
}
