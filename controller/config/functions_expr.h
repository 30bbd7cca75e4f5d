// Functions callable inside expressions. Pure and total; an argument that is missing is null.
#pragma once

#include "controller/base/value.h"

namespace plumbline::functions {

Value len(const List& arguments);       ///< Elements, members or bytes of text; 0 for null.
Value distinct(const List& arguments);  ///< The list without repetitions.
Value one_of(const List& arguments);    ///< Exactly one argument is given (neither null nor empty).
Value count(const List& arguments);     ///< How many arguments are given.
Value str(const List& arguments);       ///< A number or bool as text.
Value starts_with(const List& arguments);
Value ends_with(const List& arguments);
Value contains(const List& arguments);  ///< (text, text): the first holds the second.
Value is_text(const List& arguments);
Value is_object(const List& arguments);

}  // namespace plumbline::functions
