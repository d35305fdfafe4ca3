#include "cli/human_reporter.hpp"

#include "base/display.hpp"
#include "base/hex.hpp"
#include "cli/retry_text.hpp"
#include "cli/units.hpp"

namespace sesame::cli {

void HumanReporter::print(Verbosity from, const std::string& line) {
  if (verbosity_ >= from) line_.print(line);
}

void HumanReporter::registered(const std::string& client_name,
                               const std::optional<std::filesystem::path>& kept_me_info) {
  print(Verbosity::Normal, "registered as '" + escaped(client_name) + "', me.info is written");
  if (kept_me_info) {
    print(Verbosity::Normal, "the server did not know the me.info from before; it is kept as " +
                                 escaped(kept_me_info->native()));
  }
}

void HumanReporter::reconnected(const std::string& client_name) {
  print(Verbosity::Verbose, "reconnected as '" + escaped(client_name) + "'");
}

void HumanReporter::file_started(const std::string& name, std::uint64_t size, int send) {
  line_.begin(name);
  print(Verbosity::Verbose, "sending " + escaped(name) + " (" +
                                human_size(static_cast<double>(size)) + "), send " +
                                std::to_string(send));
}

void HumanReporter::file_progress(std::uint64_t sent, std::uint64_t total) {
  if (verbosity_ > Verbosity::Quiet) line_.update(sent, total);
}

void HumanReporter::crc_differs(const transfer::CrcDifference& difference) {
  print(Verbosity::Normal,
        escaped(difference.name) + ": CRC differs, send " + std::to_string(difference.send) +
            " of " + std::to_string(difference.most_sends) + " (the file has " +
            to_hex(difference.expected) + ", the server says " + to_hex(difference.received) + ")");
}

void HumanReporter::file_finished(const transfer::FileOutcome& outcome) {
  if (!outcome.failure) {
    print(Verbosity::Normal, "✓ " + escaped(outcome.name) + " (" +
                                 human_size(static_cast<double>(outcome.size)) + ")");
    return;
  }
  // Why the run ended is said once, not for each file that was left.
  print(outcome.left_over ? Verbosity::Verbose : Verbosity::Quiet,
        "✗ " + escaped(outcome.name) + ": " + outcome.failure->message);
}

void HumanReporter::retrying(const transfer::Retry& retry) {
  print(Verbosity::Normal, retry_text(retry));
}

void HumanReporter::stopped(const Error& reason) {
  print(Verbosity::Quiet, "sesame: " + reason.message);
}

void HumanReporter::summary(const transfer::SendSummary& summary) {
  const auto bytes = static_cast<double>(summary.bytes);
  std::string line = std::to_string(summary.acknowledged) + " of " + std::to_string(summary.files) +
                     (summary.files == 1 ? " file" : " files") + " acknowledged";
  if (summary.failed() > 0) line += ", " + std::to_string(summary.failed()) + " not";
  line += "; " + human_size(bytes) + " in " + human_duration(summary.duration);
  if (summary.duration.count() > 0 && bytes > 0) {
    line += " (" + human_size(bytes / summary.duration.count()) + "/s)";
  }
  print(summary.failed() > 0 ? Verbosity::Quiet : Verbosity::Normal, line);
}

}  // namespace sesame::cli
