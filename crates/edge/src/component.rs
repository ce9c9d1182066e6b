//! What the [`component!`](crate::component!) macro expands to.

use latchkey_api::ROUTES;

pub use spin_sdk::wasip3::exports::http::handler::Guest;
pub use spin_sdk::wasip3::http::service::export;
pub use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};

/// Makes a crate a component: `component! { "name" => { operation => path::to::handler, … } }`.
#[macro_export]
macro_rules! component {
    ($name:literal => { $($operation:ident => $handler:path),+ $(,)? }) => {
        const _: () = assert!(
            $crate::component::has_exactly($name, &[$(stringify!($operation)),+]),
            "the operations of a component are those that latchkey_api::ROUTES gives it"
        );

        #[allow(unsafe_code, reason = "the exported functions of a component are C functions with fixed names")]
        mod latchkey_component {
            struct Component;

            impl $crate::component::Guest for Component {
                async fn handle(
                    request: $crate::component::Request,
                ) -> Result<$crate::component::Response, $crate::component::ErrorCode> {
                    $crate::serve::serve($name, request, super::latchkey_handle).await
                }
            }

            $crate::component::export!(Component);
        }

        async fn latchkey_handle(call: $crate::Call) -> Result<$crate::Reply, $crate::Problem> {
            match call.route().operation {
                $(stringify!($operation) => $handler(call).await,)+
                other => Err($crate::Problem::internal(format!("{} has no {other}", $name))),
            }
        }
    };
}

/// Whether `operations` are those that the route table gives to `component`, in any order.
#[allow(clippy::indexing_slicing, reason = "runs while compiling, where a panic is an error message")]
pub const fn has_exactly(component: &str, operations: &[&str]) -> bool {
    let mut expected = 0;
    let mut index = 0;
    while index < ROUTES.len() {
        let route = &ROUTES[index];
        if is_same(route.component, component) {
            if !contains(operations, route.operation) {
                return false;
            }
            expected += 1;
        }
        index += 1;
    }
    expected == operations.len()
}

#[allow(clippy::indexing_slicing, reason = "runs while compiling, where a panic is an error message")]
const fn contains(words: &[&str], word: &str) -> bool {
    let mut index = 0;
    while index < words.len() {
        if is_same(words[index], word) {
            return true;
        }
        index += 1;
    }
    false
}

#[allow(clippy::indexing_slicing, reason = "runs while compiling, where a panic is an error message")]
const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::has_exactly;

    #[test]
    fn a_component_has_all_its_operations_and_no_other() {
        assert!(has_exactly("root", &["get_openapi", "get_service"]));
        assert!(has_exactly("dispatch", &["list_mail", "dispatch"]));
        assert!(!has_exactly("dispatch", &["dispatch"]));
        assert!(!has_exactly("dispatch", &["dispatch", "dispatch"]));
        assert!(!has_exactly("root", &["list_mail"]));
    }
}
