#pragma once

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "transfer/retry.hpp"

namespace sesame::cli {

/// Keeps its fields in the order in which they were added.
using Json = nlohmann::ordered_json;

/// One object on a line of stdout. Bytes of a name that are not UTF-8 become U+FFFD: JSON cannot
/// hold them.
void print_json(const Json& object);

/// The event that ends a command that failed as a whole.
void print_json_error(const Error& error);

/// The event of a fault after which the command goes on.
void print_json_retry(const transfer::Retry& retry);

}  // namespace sesame::cli
