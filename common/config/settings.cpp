#include <algorithm>
#include <stdexcept>

#include "common/config/option.h"

namespace slicecast::config {

Settings::Settings(std::span<const Option> schema)
    : schema_(std::make_shared<const std::vector<Option>>(schema.begin(), schema.end())),
      set_(schema.size(), false) {
  values_.reserve(schema.size());
  for (const auto& option : *schema_) {
    auto value = checked(option, option.default_value);  // 0 written for 0.0 becomes a real here
    if (!value) throw std::logic_error("default of an option: " + value.error().message);
    values_.push_back(*std::move(value));
  }
}

const Option* Settings::find(std::string_view name) const {
  const auto found = std::ranges::find(*schema_, name, &Option::name);
  return found == schema_->end() ? nullptr : &*found;
}

Result<std::size_t> Settings::known_index(std::string_view name) const {
  if (const Option* option = find(name)) return static_cast<std::size_t>(option - schema_->data());
  std::vector<std::string> names;
  for (const auto& option : *schema_) names.push_back(option.name);
  const std::string near = suggestion(name, names);
  std::string message = "unknown option '" + std::string(name) + "'";
  message += near.empty() ? "; --help lists the known ones" : "; did you mean '" + near + "'?";
  return Error{Errc::not_found, message};
}

Result<void> Settings::set(std::string_view name, Value value) {
  const auto index = known_index(name);
  if (!index) return index.error();
  auto good = checked((*schema_)[*index], std::move(value));
  if (!good) return good.error();
  values_[*index] = *std::move(good);
  set_[*index] = true;
  return {};
}

Result<void> Settings::set_text(std::string_view name, std::string_view text) {
  const auto index = known_index(name);
  if (!index) return index.error();
  auto good = parse_value((*schema_)[*index], text);
  if (!good) return good.error();
  values_[*index] = *std::move(good);
  set_[*index] = true;
  return {};
}

const Value& Settings::value(std::string_view name) const {
  const Option* option = find(name);
  if (option == nullptr) throw std::logic_error("no option named " + std::string(name));
  return values_[static_cast<std::size_t>(option - schema_->data())];
}

bool Settings::is_default(std::string_view name) const {
  const Option* option = find(name);
  if (option == nullptr) throw std::logic_error("no option named " + std::string(name));
  return !set_[static_cast<std::size_t>(option - schema_->data())];
}

bool Settings::boolean(std::string_view name) const {
  return std::get<bool>(value(name));
}
std::int64_t Settings::integer(std::string_view name) const {
  return std::get<std::int64_t>(value(name));
}
double Settings::real(std::string_view name) const {
  return std::get<double>(value(name));
}
const std::string& Settings::text(std::string_view name) const {
  return std::get<std::string>(value(name));
}
const std::vector<double>& Settings::reals(std::string_view name) const {
  return std::get<std::vector<double>>(value(name));
}

}  // namespace slicecast::config
