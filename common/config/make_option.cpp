#include "common/config/make_option.h"

namespace slicecast::config {
namespace {

Option number(std::string name, Type type, Value value, std::string unit, double minimum,
              double maximum, std::string doc) {
  return {.name = std::move(name),
          .type = type,
          .default_value = std::move(value),
          .unit = std::move(unit),
          .doc = std::move(doc),
          .minimum = minimum,
          .maximum = maximum};
}

}  // namespace

Option text(std::string name, std::string value, std::string doc) {
  return {.name = std::move(name), .default_value = std::move(value), .doc = std::move(doc)};
}

Option flag(std::string name, bool value, std::string doc) {
  return {.name = std::move(name),
          .type = Type::boolean,
          .default_value = value,
          .doc = std::move(doc)};
}

Option choice(std::string name, std::string value, std::vector<std::string> choices,
              std::string doc) {
  return {.name = std::move(name),
          .type = Type::choice,
          .default_value = std::move(value),
          .doc = std::move(doc),
          .choices = std::move(choices)};
}

Option whole(std::string name, std::int64_t value, std::string unit, double minimum, double maximum,
             std::string doc) {
  return number(std::move(name), Type::integer, value, std::move(unit), minimum, maximum,
                std::move(doc));
}

Option real(std::string name, double value, std::string unit, double minimum, double maximum,
            std::string doc) {
  return number(std::move(name), Type::real, value, std::move(unit), minimum, maximum,
                std::move(doc));
}

Option reals(std::string name, std::string unit, double minimum, std::string doc) {
  Option option = number(std::move(name), Type::reals, std::vector<double>{}, std::move(unit),
                         minimum, 0, std::move(doc));
  option.maximum = Option().maximum;
  return option;
}

}  // namespace slicecast::config
