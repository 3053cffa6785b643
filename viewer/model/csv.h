// Comma-separated text for the clipboard and files. Any thread.
#pragma once

#include <initializer_list>
#include <string>

namespace slicecast::viewer {

// The shortest digits that give the number back, '.' for decimals whatever the locale; "nan".
std::string number_text(double value);
// "1.5,2,nan\n"
std::string csv_line(std::initializer_list<double> numbers);
// "# provenance\n" with line breaks turned into blanks; empty without provenance.
std::string csv_provenance(const std::string& provenance);
// "name (unit)", quoted where it holds commas or quotes; without unit just the name.
std::string csv_heading(const std::string& name, const std::string& unit);

}  // namespace slicecast::viewer
