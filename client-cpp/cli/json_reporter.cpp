#include "cli/json_reporter.hpp"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/hex.hpp"

namespace sesame::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Bytes of a name that are not UTF-8 become U+FFFD: JSON cannot hold them.
void print(const Json& event) {
  const std::string text = event.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

}  // namespace

void JsonReporter::registered(const std::string& client_name,
                              const std::optional<std::filesystem::path>& kept_me_info) {
  Json event{{"event", "registered"}, {"client", client_name}};
  if (kept_me_info) event["kept"] = kept_me_info->native();
  print(event);
}

void JsonReporter::reconnected(const std::string& client_name) {
  print({{"event", "reconnected"}, {"client", client_name}});
}

void JsonReporter::crc_differs(const transfer::CrcDifference& difference) {
  print({{"event", "crc-differs"},
         {"path", difference.name},
         {"send", difference.send},
         {"most_sends", difference.most_sends},
         {"expected", to_hex(difference.expected)},
         {"received", to_hex(difference.received)}});
}

void JsonReporter::file_finished(const transfer::FileOutcome& outcome) {
  Json event{{"event", "file"},
             {"path", outcome.name},
             {"size", outcome.size},
             {"status", outcome.failure ? "failed" : "acknowledged"},
             {"sends", outcome.sends}};
  if (outcome.crc) event["crc"] = to_hex(*outcome.crc);
  if (outcome.failure) {
    event["code"] = to_string(outcome.failure->code);
    event["reason"] = outcome.failure->message;
  }
  print(event);
}

void JsonReporter::retrying(const transfer::Retry& retry) {
  print({{"event", "retry"},
         {"code", to_string(retry.reason.code)},
         {"reason", retry.reason.message},
         {"attempt", retry.attempt},
         {"of", retry.most_attempts},
         {"delay_seconds", std::chrono::duration<double>(retry.delay).count()}});
}

void JsonReporter::stopped(const Error& reason) {
  print({{"event", "error"}, {"code", to_string(reason.code)}, {"message", reason.message}});
}

void JsonReporter::would_send(const std::string& name, const Result<transfer::FileJob>& job) {
  Json event{{"event", "file"}, {"path", name}, {"status", job ? "would-send" : "failed"}};
  if (job) {
    event["size"] = job.value().source.size();
  } else {
    event["code"] = to_string(job.error().code);
    event["reason"] = job.error().message;
  }
  print(event);
}

void JsonReporter::summary(const transfer::SendSummary& summary, ExitCode exit) {
  print({{"event", "summary"},
         {"files", summary.files},
         {"acknowledged", summary.acknowledged},
         {"failed", summary.failed()},
         {"bytes", summary.bytes},
         {"seconds", summary.duration.count()},
         {"exit", static_cast<int>(exit)}});
}

}  // namespace sesame::cli
