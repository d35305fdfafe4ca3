#include "cli/json_line.hpp"

#include <cstdio>

namespace sesame::cli {

void print_json(const Json& object) {
  const std::string text = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

void print_json_error(const Error& error) {
  print_json({{"event", "error"}, {"code", to_string(error.code)}, {"message", error.message}});
}

void print_json_retry(const transfer::Retry& retry) {
  print_json({{"event", "retry"},
              {"code", to_string(retry.reason.code)},
              {"reason", retry.reason.message},
              {"attempt", retry.attempt},
              {"of", retry.most_attempts},
              {"delay_seconds", std::chrono::duration<double>(retry.delay).count()}});
}

}  // namespace sesame::cli
