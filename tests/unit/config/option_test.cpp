#include "common/config/option.h"

#include <cmath>

using namespace slicecast;
using namespace slicecast::config;

namespace {

const Option kColumn{.name = "axis_column",
                     .type = Type::real,
                     .default_value = 0.0,
                     .unit = "px",
                     .minimum = 0,
                     .maximum = 4096};
const Option kThreads{
    .name = "threads", .type = Type::integer, .default_value = 0, .minimum = 0, .maximum = 64};
const Option kFilter{.name = "filter",
                     .type = Type::choice,
                     .default_value = "ram-lak",
                     .choices = {"ram-lak", "hann", "hamming"}};
const Option kLinear{.name = "linear", .type = Type::boolean, .default_value = false};
const Option kTable{.name = "table",
                    .type = Type::reals,
                    .default_value = std::vector<double>{},
                    .minimum = 0,
                    .maximum = 1};

std::string refusal(const Option& option, std::string_view text) {
  const auto value = parse_value(option, text);
  return value ? "" : value.error().message;
}

}  // namespace

TEST_CASE("text that is no value of the option is refused with what it must be") {
  CHECK(refusal(kColumn, "abc") == "axis_column must be a number, not 'abc'");
  CHECK(refusal(kColumn, "3px") == "axis_column must be a number, not '3px'");
  CHECK(refusal(kColumn, "") == "axis_column must be a number, not ''");
  CHECK(refusal(kColumn, "-1") == "axis_column must be between 0 and 4096 px, not -1.0");
  CHECK(refusal(kColumn, "nan") == "axis_column must be a number, not nan");
  CHECK(refusal(kThreads, "2.5") == "threads must be a whole number, not '2.5'");
  CHECK(refusal(kThreads, "65") == "threads must be between 0 and 64, not 65");
  CHECK(refusal(kThreads, "99999999999999999999").find("whole number") != std::string::npos);
  CHECK(refusal(kLinear, "maybe") == "linear must be true or false, not 'maybe'");
  CHECK(refusal(kTable, "0.5,,1") != "");
  CHECK(refusal(kTable, "0.5,") != "");
  CHECK(refusal(kTable, "0.5,2").find("between 0 and 1") != std::string::npos);
}

TEST_CASE("an unknown choice is refused with the allowed ones and the nearest") {
  CHECK(refusal(kFilter, "ramlak") ==
        "filter must be one of ram-lak, hann, hamming, not \"ramlak\"; did you mean ram-lak?");
  CHECK(refusal(kFilter, "zzz") == "filter must be one of ram-lak, hann, hamming, not \"zzz\"");
}

TEST_CASE("a value of the wrong type is refused") {
  CHECK_FALSE(checked(kThreads, 2.0));
  CHECK_FALSE(checked(kThreads, std::string("2")));
  CHECK_FALSE(checked(kLinear, std::int64_t{1}));
  CHECK_FALSE(checked(kColumn, std::nan("")));
  CHECK_FALSE(checked(kTable, std::vector<double>{0.5, std::nan("")}));
}

TEST_CASE("integers are accepted for reals and a number for a list of one") {
  CHECK(std::get<double>(*checked(kColumn, std::int64_t{3})) == 3.0);
  CHECK(std::get<std::vector<double>>(*checked(kTable, std::int64_t{1})) ==
        std::vector<double>{1.0});
  CHECK(std::get<std::vector<double>>(*parse_value(kTable, "[0, 0.5 1]")) ==
        std::vector<double>{0, 0.5, 1});
  CHECK(std::get<std::vector<double>>(*parse_value(kTable, "")).empty());
}

TEST_CASE("values are written as TOML reads them") {
  CHECK(to_text(Value(true)) == "true");
  CHECK(to_text(Value(std::int64_t{-7})) == "-7");
  CHECK(to_text(Value(2.0)) == "2.0");
  CHECK(to_text(Value(0.1)) == "0.1");
  CHECK(to_text(Value(std::string("a \"b\" \\"))) == R"("a \"b\" \\")");
  CHECK(to_text(Value(std::vector<double>{1, 2.5})) == "[1.0, 2.5]");
}

TEST_CASE("a slip of the keyboard finds the option that was meant, another word none") {
  const std::vector<std::string> known = {"filter", "threads", "log_level", "axis_column"};
  CHECK(suggestion("filtre", known) == "filter");
  CHECK(suggestion("thread", known) == "threads");
  CHECK(suggestion("LOG-LEVEL", known) == "log_level");
  CHECK(suggestion("axis", known) == "axis_column");
  CHECK(suggestion("voxel", known).empty());
  CHECK(suggestion("", known).empty());
  CHECK(suggestion(std::string(100000, 'a'), known).empty());
}

TEST_CASE("settings refuse unknown names and keep their values on a refusal") {
  const std::vector<Option> schema = {kColumn, kFilter};
  Settings settings(schema);
  const auto unknown = settings.set("axis_colum", 1.0);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message == "unknown option 'axis_colum'; did you mean 'axis_column'?");
  CHECK_FALSE(settings.set_text("axis_column", "-4"));
  CHECK(settings.real("axis_column") == 0.0);
  CHECK(settings.is_default("axis_column"));
  REQUIRE(settings.set_text("axis_column", "4"));
  CHECK(settings.real("axis_column") == 4.0);
  CHECK_FALSE(settings.is_default("axis_column"));
  CHECK_THROWS(settings.real("filter"));
  CHECK_THROWS(settings.text("no_such_option"));
}

TEST_CASE("settings outlive the schema they were made from") {
  auto schema = std::make_unique<std::vector<Option>>(std::vector<Option>{kFilter});
  Settings settings(*schema);
  schema.reset();
  const Settings copy = settings;
  CHECK(copy.text("filter") == "ram-lak");
  CHECK(copy.schema().front().choices.size() == 3);
}

TEST_CASE("a default that its own option would refuse is a programming error") {
  const std::vector<Option> schema = {
      {.name = "n", .type = Type::integer, .default_value = 0, .minimum = 1}};
  CHECK_THROWS(Settings(schema));
}
