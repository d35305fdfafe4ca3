#pragma once

#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace sesame::cli {

/// Keeps its fields in the order in which they were added.
using Json = nlohmann::ordered_json;

/// One object on a line of stdout. Bytes of a name that are not UTF-8 become U+FFFD: JSON cannot
/// hold them.
void print_json(const Json& object);

/// The event that ends a command that failed as a whole.
void print_json_error(const Error& error);

}  // namespace sesame::cli
