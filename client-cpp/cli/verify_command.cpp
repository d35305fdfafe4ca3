#include "cli/verify_command.hpp"

#include <cstdio>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/display.hpp"
#include "base/hex.hpp"
#include "cli/json_line.hpp"
#include "cli/put_session.hpp"
#include "cli/receipt_export.hpp"
#include "cli/units.hpp"
#include "net/interrupt.hpp"
#include "transfer/receipt_log.hpp"

namespace sesame::cli {
namespace {

using transfer::Finding;
using transfer::Receipt;

constexpr auto verify_footer =
    R"(Shows, without asking anybody, that the server took a file: the receipt for its content
(by SHA-256, the newest) is looked up, the signature is checked with the receipt key of the
enrolment, and all receipts that are kept are checked to follow one another. A gap (another
machine may hold what is missing) is a warning; receipts that contradict each other are not.

--receipt DIR writes the receipt, its signature and the key, and prints the line with which
stock OpenSSH checks them: something to give to somebody else.

Examples:
  sesame verify report.pdf
  sesame verify report.pdf --receipt proof/

Exit codes: 0 a receipt vouches for every FILE, 1 other, 2 usage, 3 a FILE or its receipt is
not there, 7 a receipt is not signed by the server, or receipts contradict each other.)";

const char* name_of(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::Gap: return "gap";
    case Finding::Kind::Fork: return "fork";
    case Finding::Kind::BadSignature: return "bad-signature";
    case Finding::Kind::Damaged: return "damaged";
    case Finding::Kind::Foreign: return "foreign";
  }
  return "unknown";
}

/// The worse of two.
ExitCode worse(ExitCode one, ExitCode other) {
  const auto rank = [](ExitCode exit) {
    switch (exit) {
      case ExitCode::Done: return 0;
      case ExitCode::NotFound: return 1;
      case ExitCode::Identity: return 3;
      default: return 2;
    }
  };
  return rank(one) < rank(other) ? other : one;
}

Json json_of(const Receipt& receipt) {
  return {{"server", receipt.server.to_string()},
          {"client", receipt.client.to_hex()},
          {"name", receipt.name},
          {"path", receipt.path},
          {"size", receipt.size},
          {"sha256", to_hex(receipt.sha256)},
          {"time", receipt.time},
          {"seq", receipt.seq}};
}

}  // namespace

VerifyCommand::VerifyCommand(CLI::App& program)
    : command_(
          program.add_subcommand("verify", "Show that the server has a file, by its receipt")) {
  command_->footer(verify_footer);
  command_->add_option("file", files_, "What was sent")->option_text("FILE...")->required();
  command_->add_option("--receipt", receipt_folder_, "Write the receipts and how to check them")
      ->option_text("DIR");
  config_.add_to(*command_);
  output_.add_to(*command_);
}

bool VerifyCommand::is_chosen() const {
  return command_->parsed();
}

ExitCode VerifyCommand::run() const {
  const auto places = config_.places();
  if (!places) return fail(places.error(), output_);
  const auto profile = transfer::EnrolmentStore(places->config).profile();
  if (!profile) return fail(profile.error(), output_);
  if (!profile->has_value()) {
    return fail({ErrorCode::NotFound,
                 "this client is not enrolled, so it has no receipts (see 'sesame enroll --help')"},
                output_);
  }

  net::Interrupt::install();
  const crypto::Pin server{(*profile)->pin};
  transfer::ReceiptAudit audit(server, (*profile)->receipt_key);
  std::vector<Checked> checked;
  for (const auto& file : files_) {
    checked.push_back({file, transfer::hash_file(file)});
    const auto& hash = checked.back().hash;
    if (hash) audit.look_for(hash->sha256);
    if (!hash && hash.error().code == ErrorCode::Interrupted) return fail(hash.error(), output_);
  }
  const auto log = places->receipts_of(server.to_string()) / transfer::receipt_log_name;
  if (const auto read = audit.read(log); !read && read.error().code != ErrorCode::NotFound) {
    return fail(read.error(), output_);
  }
  const auto findings = audit.finish();
  if (!findings) return fail(findings.error(), output_);

  ExitCode exit = ExitCode::Done;
  for (const Checked& file : checked)
    exit = worse(exit, tell(file, audit, **profile));
  exit = worse(exit, tell(*findings, audit));
  if (output_.json()) {
    print_json({{"event", "summary"},
                {"files", files_.size()},
                {"receipts", audit.receipts()},
                {"findings", findings->size()},
                {"exit", static_cast<int>(exit)}});
  }
  return exit;
}

void VerifyCommand::tell_failed(const std::filesystem::path& file, const Error& error) const {
  std::fprintf(stderr, "✗ %s: %s\n", escaped(file.native()).c_str(), error.message.c_str());
  if (!output_.json()) return;
  print_json({{"event", "file"},
              {"path", file.native()},
              {"status", "failed"},
              {"code", to_string(error.code)},
              {"reason", error.message}});
}

ExitCode VerifyCommand::tell(const Checked& checked, const transfer::ReceiptAudit& audit,
                             const config::Profile& profile) const {
  const auto fails_with = [&](const Error& error) {
    tell_failed(checked.file, error);
    return exit_code(error);
  };
  if (!checked.hash) return fails_with(checked.hash.error());
  const auto& receipt = audit.found(checked.hash->sha256);
  if (!receipt || receipt->size != checked.hash->size) {
    return fails_with({ErrorCode::NotFound, "no receipt for this content (SHA-256 " +
                                                to_hex(checked.hash->sha256) + ") is kept here"});
  }
  if (const auto valid = receipt->check_signature(profile.receipt_key); !valid) {
    return fails_with({valid.error().code,
                       "receipt " + std::to_string(receipt->seq) + ": " + valid.error().message});
  }
  std::string command;
  if (!receipt_folder_.empty()) {
    auto exported = export_receipt(*receipt, profile.receipt_key, checked.file.filename().native(),
                                   receipt_folder_);
    if (!exported) return fails_with(exported.error());
    command = *std::move(exported);
  }

  if (output_.json()) {
    Json event{{"event", "file"},
               {"path", checked.file.native()},
               {"status", "verified"},
               {"receipt", json_of(*receipt)}};
    if (!command.empty()) event["command"] = command;
    print_json(event);
  } else if (output_.verbosity() > Verbosity::Quiet) {
    std::printf(
        "✓ %s: receipt %llu of %s: stored as %s (%s) for '%s'\n",
        escaped(checked.file.native()).c_str(), static_cast<unsigned long long>(receipt->seq),
        receipt->time.c_str(), escaped(receipt->path).c_str(),
        human_size(static_cast<double>(receipt->size)).c_str(), escaped(receipt->name).c_str());
    if (!command.empty()) std::printf("%s\n", command.c_str());
    std::fflush(stdout);
  }
  return ExitCode::Done;
}

ExitCode VerifyCommand::tell(const std::vector<Finding>& findings,
                             const transfer::ReceiptAudit& audit) const {
  ExitCode exit = ExitCode::Done;
  for (const Finding& finding : findings) {
    const bool fault = transfer::is_fault(finding);
    if (fault) {
      exit = worse(exit,
                   finding.kind == Finding::Kind::Damaged ? ExitCode::Other : ExitCode::Identity);
    }
    if (fault || output_.verbosity() > Verbosity::Quiet) {
      std::fprintf(stderr, "%s: %s\n", fault ? "sesame" : "warning", finding.message.c_str());
    }
    if (output_.json()) {
      print_json({{"event", "finding"},
                  {"kind", name_of(finding.kind)},
                  {"fault", fault},
                  {"message", finding.message}});
    }
  }
  if (findings.empty() && output_.verbosity() > Verbosity::Quiet) {
    std::fprintf(
        stderr, "%s kept here, each follows the one before it\n",
        (human_count(audit.receipts()) + (audit.receipts() == 1 ? " receipt" : " receipts"))
            .c_str());
  }
  return exit;
}

}  // namespace sesame::cli
