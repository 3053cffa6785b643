#include <atomic>
#include <thread>

#include "common/service/service.h"

using namespace slicecast;
using service::Parameters;

namespace {

const std::vector<config::Option> kSchema = {
    {.name = "axis_column",
     .type = config::Type::real,
     .default_value = 0,
     .unit = "px",
     .doc = "Column of the axis",
     .minimum = 0,
     .maximum = 100,
     .live = true},
    {.name = "binning",
     .type = config::Type::integer,
     .default_value = 1,
     .minimum = 1,
     .maximum = 8,
     .live = true},
    {.name = "filter",
     .type = config::Type::choice,
     .default_value = "hann",
     .choices = {"hann", "cosine"},
     .live = true},
    {.name = "threads", .type = config::Type::integer, .default_value = 0},
};

config::Value whole(std::int64_t value) {
  return value;
}

}  // namespace

TEST_CASE("one bad value among several changes nothing") {
  int changes = 0;
  Parameters parameters(config::Settings(kSchema), [&](const auto&, const auto&) {
    ++changes;
    return Result<void>();
  });
  for (const auto& bad : std::vector<std::map<std::string, config::Value>>{
           {{"axis_column", 5.0}, {"binning", whole(9)}},
           {{"axis_column", 5.0}, {"bining", whole(2)}},
           {{"axis_column", 5.0}, {"filter", std::string("box")}},
           {{"axis_column", 5.0}, {"threads", whole(2)}},
       })
    CHECK_FALSE(parameters.set(bad));
  CHECK(changes == 0);
  CHECK(parameters.revision() == 1);
  CHECK(parameters.settings().real("axis_column") == 0);
}

TEST_CASE("a refused parameter is named with the remedy") {
  Parameters parameters(config::Settings(kSchema), {});
  CHECK(parameters.set({{"bining", whole(2)}}).error().message ==
        "unknown option 'bining'; did you mean 'binning'?");
  CHECK(parameters.set({{"threads", whole(2)}}).error().message.find("restart") !=
        std::string::npos);
}

TEST_CASE("an error of the service keeps the old values") {
  Parameters parameters(config::Settings(kSchema), [](const auto&, const auto&) -> Result<void> {
    return Error{Errc::resource_exhausted, "no room to refilter; raise raw_mib"};
  });
  const auto refused = parameters.set({{"binning", whole(2)}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::resource_exhausted);
  CHECK(parameters.settings().integer("binning") == 1);
  CHECK(parameters.revision() == 1);
}

TEST_CASE("a change is applied once, with the values before and after") {
  std::vector<std::string> seen;
  Parameters parameters(config::Settings(kSchema),
                        [&](const config::Settings& before, const config::Settings& after) {
                          seen.push_back(std::to_string(before.integer("binning")) + ">" +
                                         std::to_string(after.integer("binning")));
                          return Result<void>();
                        });
  REQUIRE(parameters.set({{"binning", whole(2)}, {"axis_column", whole(7)}}));
  REQUIRE(parameters.set({{"binning", whole(4)}}));
  CHECK(seen == std::vector<std::string>{"1>2", "2>4"});
  CHECK(parameters.revision() == 3);
  CHECK(parameters.settings().real("axis_column") == 7);
}

TEST_CASE("changes by many threads come one at a time and in order") {
  std::atomic<int> inside{0}, overlaps{0};
  std::int64_t last = 1;
  bool in_order = true;
  Parameters parameters(config::Settings(kSchema),
                        [&](const config::Settings& before, const config::Settings& after) {
                          overlaps += inside++ != 0;
                          in_order = in_order && before.integer("binning") == last;
                          last = after.integer("binning");
                          --inside;
                          return Result<void>();
                        });
  {
    std::vector<std::jthread> clients;
    for (int t = 0; t < 4; ++t)
      clients.emplace_back([&, t] {
        for (int i = 0; i < 200; ++i)
          if (!parameters.set({{"binning", whole(1 + (i + t) % 8)}})) ++overlaps;
      });
  }
  CHECK(overlaps == 0);
  CHECK(in_order);
  CHECK(parameters.revision() == 801);
}

TEST_CASE("the description carries everything a viewer needs to build a widget") {
  Parameters parameters(config::Settings(kSchema), {});
  REQUIRE(parameters.set({{"axis_column", 12.5}}));
  const v1::Parameters described = parameters.describe();
  REQUIRE(described.parameters_size() == 4);
  const auto& axis = described.parameters(0);
  CHECK(axis.name() == "axis_column");
  CHECK(axis.type() == v1::REAL);
  CHECK(axis.unit() == "px");
  CHECK(axis.doc() == "Column of the axis");
  CHECK(axis.value().real() == 12.5);
  CHECK(axis.default_value().value_case() == v1::ParameterValue::kReal);
  CHECK(axis.minimum() == 0);
  CHECK(axis.maximum() == 100);
  CHECK(axis.live());
  CHECK(described.parameters(2).choices_size() == 2);
  CHECK_FALSE(described.parameters(3).live());
  CHECK_FALSE(described.parameters(3).has_minimum());
  CHECK(described.revision() == 2);
}

TEST_CASE("values survive the wire") {
  for (const config::Value& value : std::vector<config::Value>{
           true, whole(-5), 2.5, std::string("x"), std::vector<double>{1, 2}})
    CHECK(service::value_from(service::to_proto(value, config::Type::text)) == value);
  CHECK(service::value_from({}) == config::Value(std::string()));
}

TEST_CASE("a ledger goes over the wire with its losses by reason") {
  metrics::Ledger ledger("frames");
  ledger.receive(5);
  ledger.drop(metrics::Drop::late, 2);
  ledger.set_missing(7, 2);
  const v1::Ledger sent = service::to_proto(ledger.snapshot());
  CHECK(sent.flow() == "frames");
  CHECK(sent.in_flight() == 3);
  CHECK(sent.dropped().size() == 1);
  CHECK(sent.dropped().at("late") == 2);
  CHECK(sent.missing() == 2);
}
