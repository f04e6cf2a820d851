#include "compiler/syntax/forms.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cip::syntax {

Forms::Forms(const Vocabulary& vocabulary) {
  for (const StatementForm& form : vocabulary) {
    Form& known = forms_[form.word];
    known.places.insert(form.places.begin(), form.places.end());
    known.keywords.insert(form.keywords.begin(), form.keywords.end());
    known.with_semicolon = known.with_semicolon || form.with_semicolon;
    known.with_block = known.with_block || form.with_block;
    keywords_.insert(form.keywords.begin(), form.keywords.end());
  }
  add_builtin("const", true, false, {});
  add_builtin("assert", true, false, {});
  add_builtin("use", true, false, {});
  add_builtin("for", true, true, {"in"});
  add_builtin("if", true, true, {});
  add_builtin("else", true, true, {"if"});
  add_builtin("template", false, true, {"for"});
  forms_["template"].places.insert("");
  keywords_.insert({"and", "or", "not", "in", "true", "false"});
}

void Forms::add_builtin(std::string_view word, bool anywhere, bool block, std::set<std::string_view> keywords) {
  Form& form = forms_[word];
  form.anywhere = anywhere;
  form.with_semicolon = !block;
  form.with_block = block;
  keywords_.insert(keywords.begin(), keywords.end());
  form.keywords = std::move(keywords);
}

bool Forms::needs_block(std::string_view word) const {
  const auto form = forms_.find(word);
  return form != forms_.end() && !form->second.with_semicolon;
}

bool Forms::may_have_block(std::string_view word) const {
  const auto form = forms_.find(word);
  return form != forms_.end() && form->second.with_block;
}

bool Forms::has_keyword(std::string_view word, std::string_view keyword) const {
  const auto form = forms_.find(word);
  return form != forms_.end() && form->second.keywords.contains(keyword);
}

bool Forms::allowed(std::string_view word, const Place& place) const {
  const auto form = forms_.find(word);
  return !place || form == forms_.end() || form->second.anywhere || form->second.places.contains(*place);
}

bool Forms::binds(std::string_view word) {
  static constexpr std::array<std::string_view, 8> words = {"and", "or", "not", "in", "else", "as", "for", "on"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace cip::syntax
