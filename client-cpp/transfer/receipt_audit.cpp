#include "transfer/receipt_audit.hpp"

#include <algorithm>
#include <utility>

#include "transfer/receipt_log.hpp"

namespace sesame::transfer {
namespace {

std::string at_line(std::size_t line) {
  return "line " + std::to_string(line) + " of the receipts";
}

std::string numbers(std::uint64_t first, std::uint64_t last) {
  if (first == last) return "receipt " + std::to_string(first) + " is";
  return "receipts " + std::to_string(first) + " to " + std::to_string(last) + " are";
}

}  // namespace

Status ReceiptAudit::read(const std::filesystem::path& log) {
  log_ = log;
  return for_each_line(log, [this](std::size_t number, std::string_view line) -> Status {
    auto receipt = parse_receipt_line(line);
    if (receipt) {
      add(number, *std::move(receipt));
    } else {
      note(Finding::Kind::Damaged, at_line(number) + ": " + receipt.error().message);
    }
    return {};
  });
}

void ReceiptAudit::add(std::size_t line, Receipt receipt) {
  if (receipt.server != server_) {
    note(Finding::Kind::Foreign,
         at_line(line) + " is a receipt of the server " + receipt.server.to_string());
    return;
  }
  ++receipts_;
  links_[receipt.client.bytes].push_back(
      {receipt.seq, receipt.hash(), receipt.prev.value_or(crypto::Sha256Digest{}), line});
  const auto wanted = found_.find(receipt.sha256);
  if (wanted == found_.end()) return;
  if (!wanted->second || wanted->second->time <= receipt.time) wanted->second = std::move(receipt);
}

Result<std::vector<Finding>> ReceiptAudit::finish() {
  for (auto& [client, links] : links_)
    check_chain(links);
  if (!signed_lines_.empty()) {
    if (const auto checked = check_signed_lines(); !checked) return checked.error();
  }
  return std::exchange(findings_, {});
}

void ReceiptAudit::check_chain(std::vector<Link>& links) {
  std::ranges::stable_sort(links, {}, &Link::seq);
  if (links.front().seq > 1) {
    note(Finding::Kind::Gap, numbers(1, links.front().seq - 1) + " not kept here");
  }
  for (std::size_t i = 0; i + 1 < links.size(); ++i) {
    const Link& link = links[i];
    const Link& next = links[i + 1];
    if (next.seq == link.seq) {
      if (next.hash == link.hash) continue;  // the same receipt, kept twice
      signed_lines_.insert(link.line);       // is it the server that says two things?
      note(Finding::Kind::Fork,
           "there are two receipts with the number " + std::to_string(link.seq) + " (lines " +
               std::to_string(link.line) + " and " + std::to_string(next.line) + ")");
    } else if (next.seq > link.seq + 1) {
      signed_lines_.insert(link.line);
      note(Finding::Kind::Gap, numbers(link.seq + 1, next.seq - 1) + " not kept here");
    } else if (next.prev != link.hash) {
      signed_lines_.insert(link.line);
      note(Finding::Kind::Fork, "receipt " + std::to_string(next.seq) +
                                    " names another receipt before it than receipt " +
                                    std::to_string(link.seq) + " that is kept here");
    }
  }
  signed_lines_.insert(links.back().line);
}

Status ReceiptAudit::check_signed_lines() {
  return for_each_line(log_, [this](std::size_t number, std::string_view line) -> Status {
    if (!signed_lines_.contains(number)) return {};
    const auto receipt = parse_receipt_line(line);
    if (!receipt) return {};  // noted already
    if (const auto checked = receipt->check_signature(key_); !checked) {
      note(Finding::Kind::BadSignature, "receipt " + std::to_string(receipt->seq) + " (" +
                                            at_line(number) + "): " + checked.error().message);
    }
    return {};
  });
}

}  // namespace sesame::transfer
