#include "cli/json_reporter.hpp"

#include "base/hex.hpp"
#include "cli/json_line.hpp"

namespace sesame::cli {

void JsonReporter::registered(const std::string& client_name,
                              const std::optional<std::filesystem::path>& kept_me_info) {
  Json event{{"event", "registered"}, {"client", client_name}};
  if (kept_me_info) event["kept"] = kept_me_info->native();
  print_json(event);
}

void JsonReporter::reconnected(const std::string& client_name) {
  print_json({{"event", "reconnected"}, {"client", client_name}});
}

void JsonReporter::crc_differs(const transfer::CrcDifference& difference) {
  print_json({{"event", "crc-differs"},
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
  print_json(event);
}

void JsonReporter::retrying(const transfer::Retry& retry) {
  print_json_retry(retry);
}

void JsonReporter::stopped(const Error& reason) {
  print_json_error(reason);
}

void JsonReporter::would_send(const std::string& name, const Result<transfer::FileJob>& job) {
  Json event{{"event", "file"}, {"path", name}, {"status", job ? "would-send" : "failed"}};
  if (job) {
    event["size"] = job.value().source.size();
  } else {
    event["code"] = to_string(job.error().code);
    event["reason"] = job.error().message;
  }
  print_json(event);
}

void JsonReporter::summary(const transfer::SendSummary& summary, ExitCode exit) {
  print_json({{"event", "summary"},
              {"files", summary.files},
              {"acknowledged", summary.acknowledged},
              {"failed", summary.failed()},
              {"bytes", summary.bytes},
              {"seconds", summary.duration.count()},
              {"exit", static_cast<int>(exit)}});
}

}  // namespace sesame::cli
