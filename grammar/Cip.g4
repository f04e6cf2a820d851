// The grammar of CIP specifications; README.md beside this file says how to read it. It is permissive on purpose: it knows
// the shape of statements, not their words, and what is wrong inside a statement (a stray parenthesis, a character
// that no token has) is a rule of its own. So ANTLR's error recovery, which invents errors, never runs.
grammar Cip;

// ---- structure -------------------------------------------------------------------------------------------------------

// The compiler pairs braces and ends statements itself (compiler/syntax/assembly.h), and has ANTLR parse one `header` after
// the other: ANTLR's tree is never larger than that of one. `file` is for readers, and for the test that both agree.
file      : statement* EOF ;
statement : head ( SEMICOLON | block ) ;
block     : LBRACE statement* RBRACE ;

header : head EOF ;
head   : WORD ( item | stray )* ;

item
  : WORD | REFERENCE | NUMBER | ADDRESS | STRING | PUNCTUATION
  | call
  | group
  | list
  | junk ;

// A closing one that is missing is an error that leaves the rest of the statement intact.
call  : CALL item* RPAREN? ;
group : LPAREN item* RPAREN? ;
list  : LBRACKET item* RBRACKET? ;

// Errors: closes nothing; has no end, or is no part of the language.
stray : RPAREN | RBRACKET ;
junk  : OPEN_STRING | FOREIGN ;

// ---- tokens: the longest wins, then the first ------------------------------------------------------------------------

SEMICOLON   : ';' ;
LBRACE      : '{' ;
RBRACE      : '}' ;
LPAREN      : '(' ;
RPAREN      : ')' ;
LBRACKET    : '[' ;
RBRACKET    : ']' ;
PUNCTUATION
  : ',' | ':' | '=' | '->' | '<->' | '..'
  | '==' | '!=' | '<' | '<=' | '>' | '>='
  | '+' | '-' | '*' | '/' | '%' ;

// Names, reserved words, and the two words of the kernel that are no names.
WORD      : NAME | '802.3ad' | 'layer3+4' ;
REFERENCE : NAME ( '.' SEGMENT )+ ;      // n1.eth1, n1.eth2.100, bond.active_backup
CALL      : NAME ( '.' SEGMENT )* '(' ;  // no space before the parenthesis; `if(` is no call, see tokens.cpp

// Whatever starts like a number or an address and goes on without a space is one literal; literal.h says if it is a good
// one. `1..4` and `10/2` are three tokens: a dot or slash belongs to an address, which has a dot or colons before it.
NUMBER
  : DIGIT ALNUM*
  | DIGIT ALNUM '-' PAIR '-' PAIR '-' PAIR '-' PAIR '-' PAIR ;  // 02-00-00-00-00-fd, a MAC address to others
ADDRESS
  : DIGIT ALNUM* '.' ALNUM+ ( ALNUM | [.:] )* TAIL*
  | ( HEXTET ':' HEXTET? ':' | '::' ) ( ALNUM | [.:] )* TAIL* ;

STRING      : '"' ( ~["\\\r\n] | '\\' ~[\r\n] )* '"' ;
OPEN_STRING : '"' ( ~["\\\r\n] | '\\' ~[\r\n] )* '\\'? ;  // up to the end of its line

COMMENT       : '#' ~[\r\n]* -> channel(HIDDEN) ;  // for the formatter only
WRONG_COMMENT : '//' ~[\r\n]* | '/*' .*? ( '*/' | EOF ) ;  // said to be wrong, otherwise a comment
SPACE         : [ \t\r\n]+ -> skip ;

// The rest: a word with letters that names do not have, or one character.
FOREIGN : ALNUM* OTHER ( ALNUM | '-' | OTHER )* | . ;

fragment NAME    : [A-Za-z_] ALNUM* ( '-'+ ALNUM+ )* ;
fragment SEGMENT : ALNUM+ ( '-'+ ALNUM+ )* ;
fragment HEXTET  : [0-9A-Za-z]+ ;  // letters behind f, too: 02:00:00:00:00:zz is one bad MAC address, not many tokens
fragment TAIL    : [/%] ( ALNUM | [.:] )* ;
fragment PAIR    : ALNUM ALNUM ;
fragment ALNUM   : [0-9A-Za-z_] ;
fragment DIGIT   : [0-9] ;
fragment OTHER   : [\u0080-\u{10FFFF}] ;
