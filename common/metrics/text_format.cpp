#include "common/metrics/text_format.h"

#include <charconv>
#include <cmath>

namespace slicecast::metrics {
namespace {

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string escaped(const std::string& text, bool label) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && label)
      out += "\\\"";
    else
      out += c;
  }
  return out;
}

std::string label(const char* name, const std::string& value) {
  return std::string(name) + "=\"" + escaped(value, true) + "\"";
}

void head(std::string& text, const std::string& name, const char* kind, const std::string& doc) {
  text += "# HELP " + name + " " + escaped(doc, false) + "\n# TYPE " + name + " " + kind + "\n";
}

void row(std::string& text, const std::string& name, const std::string& labels,
         const std::string& value) {
  text += name + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
}

// One family of the ledgers: all its rows must stand together under one TYPE line.
struct LedgerFamily {
  const char* name;
  const char* kind;
  const char* doc;
  std::uint64_t (*value)(const LedgerSnapshot&);
};

constexpr LedgerFamily kFamilies[] = {
    {"slicecast_ledger_received_total", "counter", "Items that came in",
     [](const LedgerSnapshot& it) { return it.received; }},
    {"slicecast_ledger_done_total", "counter", "Items that were processed to the end",
     [](const LedgerSnapshot& it) { return it.done; }},
    {"slicecast_ledger_in_flight", "gauge", "Items that came in and are not settled yet",
     [](const LedgerSnapshot& it) { return it.in_flight; }},
    {"slicecast_ledger_expected", "gauge", "Unique items received and missing ones",
     [](const LedgerSnapshot& it) { return it.expected; }},
    {"slicecast_ledger_missing", "gauge", "Items that never came, beyond the reorder window",
     [](const LedgerSnapshot& it) { return it.missing; }},
    {"slicecast_ledger_closes", "gauge", "1 when received = done + dropped + in flight",
     [](const LedgerSnapshot& it) { return std::uint64_t{it.closes()}; }},
};

void add_ledgers(std::string& text, const std::vector<LedgerSnapshot>& ledgers) {
  if (ledgers.empty()) return;
  for (const auto& family : kFamilies) {
    head(text, family.name, family.kind, family.doc);
    for (const auto& ledger : ledgers)
      row(text, family.name, label("flow", ledger.flow), std::to_string(family.value(ledger)));
  }
  const char* dropped = "slicecast_ledger_dropped_total";
  head(text, dropped, "counter", "Items that were given up, by reason");
  for (const auto& ledger : ledgers)
    for (int i = 0; i < kDropReasons; ++i)
      row(text, dropped,
          label("flow", ledger.flow) + "," + label("reason", to_string(static_cast<Drop>(i))),
          std::to_string(ledger.dropped[static_cast<std::size_t>(i)]));
}

}  // namespace

std::string text_format(const std::string& service, const std::string& version,
                        const std::vector<LedgerSnapshot>& ledgers,
                        const std::vector<Sample>& samples) {
  std::string text;
  add_ledgers(text, ledgers);
  head(text, "slicecast_build_info", "gauge", "Which program this is; always 1");
  row(text, "slicecast_build_info", label("service", service) + "," + label("version", version),
      "1");
  for (const auto& sample : samples) {
    const std::string name = sample.info.name;
    if (sample.info.kind == Kind::histogram) {
      head(text, name, "summary", sample.info.doc);
      for (const auto& [q, value] : sample.quantiles)
        row(text, name, label("quantile", number(q)), number(value));
      row(text, name + "_sum", "", number(sample.sum));
      row(text, name + "_count", "", std::to_string(sample.count));
      continue;
    }
    head(text, name, sample.info.kind == Kind::counter ? "counter" : "gauge", sample.info.doc);
    row(text, name, "", number(sample.value));
  }
  return text;
}

}  // namespace slicecast::metrics
