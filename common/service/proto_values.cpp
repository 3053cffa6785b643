#include "common/service/service.h"

namespace slicecast::service {

// Parameters::describe() passes the type on as a number.
static_assert(static_cast<int>(config::Type::boolean) == v1::BOOLEAN);
static_assert(static_cast<int>(config::Type::integer) == v1::INTEGER);
static_assert(static_cast<int>(config::Type::real) == v1::REAL);
static_assert(static_cast<int>(config::Type::text) == v1::TEXT);
static_assert(static_cast<int>(config::Type::choice) == v1::CHOICE);
static_assert(static_cast<int>(config::Type::reals) == v1::REALS);

config::Value value_from(const v1::ParameterValue& value) {
  switch (value.value_case()) {
    case v1::ParameterValue::kBoolean: return value.boolean();
    case v1::ParameterValue::kInteger: return std::int64_t{value.integer()};
    case v1::ParameterValue::kReal: return value.real();
    case v1::ParameterValue::kText: return value.text();
    case v1::ParameterValue::kReals: {
      const auto& values = value.reals().values();
      return std::vector<double>(values.begin(), values.end());
    }
    case v1::ParameterValue::VALUE_NOT_SET: break;
  }
  return std::string();
}

v1::ParameterValue to_proto(const config::Value& value, config::Type type) {
  v1::ParameterValue out;
  if (const auto* flag = std::get_if<bool>(&value)) {
    out.set_boolean(*flag);
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    // Defaults may be written as 0 where 0.0 is meant.
    if (type == config::Type::real)
      out.set_real(static_cast<double>(*whole));
    else
      out.set_integer(*whole);
  } else if (const auto* real = std::get_if<double>(&value)) {
    out.set_real(*real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    out.set_text(*text);
  } else {
    auto& values = *out.mutable_reals()->mutable_values();
    const auto& list = std::get<std::vector<double>>(value);
    values.Assign(list.begin(), list.end());
  }
  return out;
}

v1::Ledger to_proto(const metrics::LedgerSnapshot& snapshot) {
  v1::Ledger ledger;
  ledger.set_flow(snapshot.flow);
  ledger.set_received(snapshot.received);
  ledger.set_done(snapshot.done);
  ledger.set_in_flight(snapshot.in_flight);
  ledger.set_expected(snapshot.expected);
  ledger.set_missing(snapshot.missing);
  for (std::size_t i = 0; i < snapshot.dropped.size(); ++i)
    if (snapshot.dropped[i] > 0)
      (*ledger.mutable_dropped())[metrics::to_string(static_cast<metrics::Drop>(i))] =
          snapshot.dropped[i];
  return ledger;
}

}  // namespace slicecast::service
