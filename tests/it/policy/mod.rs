mod get_policy;
mod list_policies;
