/** What an assertion demands, from strict to nothing. */
export type Demand =
  | 'equal' | 'throws' | 'called-with' | 'snapshot' | 'approximate' | 'state' | 'partial' | 'compare' | 'calls' | 'type' | 'true' | 'false'
  | 'unequal' | 'present' | 'truthy' | 'no-throw' | 'nothing';

/** How much a demand leaves open: more is stricter. Only the order matters, and that near ones differ less. */
export const STRICTNESS: Readonly<Record<Demand, number>> = {
  equal: 100, snapshot: 95, throws: 90, 'called-with': 90, approximate: 80, state: 75, calls: 60, partial: 60, compare: 50, type: 40, true: 35, false: 35, unequal: 25, present: 20, truthy: 20, 'no-throw': 15, nothing: 0,
};

/**
 * Names of matchers and assertion functions of all frameworks, in small letters without marks and without their opening words
 * (assert, to, be, is, should, must, have, has, are). The first row that fits decides.
 */
const MATCHERS: readonly (readonly [RegExp, Demand])[] = [
  [/^(?:allclose|almostequals?|closeto|approx(?:imately|equals?)?|indelta(?:s|lice)?|inepsilon|within|equalswithdelta|equalswithin|floateq|isclose|relativeeq|absdiffeq|ulpseq|withinrange|arrayalmostequal|closetopercentage|withindelta|withinepsilon|withinduration|containswithinabsoluteerror|plusorminus|approximateequal)/, 'approximate'],
  // All of it, or one of it: neither is a mere part.
  [/^(?:contains?(?:exactly|only)|containsinanyorder)/, 'equal'],
  [/^(?:contains?|includes?)any(?:of|elementsof|entryof)?/, 'compare'],
  [/^performassertions/, 'nothing'],
  [/^(?:matchinlinesnapshot|throwerrormatchinginlinesnapshot|inlinesnapshot)/, 'equal'],
  [/snapshot$|^(?:matchesgolden|verifyjson|matchimagesnapshot|screenshot|debugsnapshot|yamlsnapshot|jsonsnapshot)$/, 'snapshot'],
  [/^(?:doesnotthrow|notthrow|nothrow|doesnotraise|notraised?|nothrown|thrownothing|doesnotpanic|notpanics|noexceptionthrown|donotthrow|notthrows|nothingraised|resolves|fulfilled|doesnotreject|neverthrow|codenotraising|thatnoexceptionisthrownby)/, 'no-throw'],
  [/^(?:throw|raise|reject|panic|expectexception|fails?with|threw|errorcontains|error(?:is|as|contains)$|rejected|thrownby|error$|expecterror|exception|errorcontains)/, 'throws'],
  [/^(?:called(?:once|times|exactly)?with|lastcalledwith|nthcalledwith|calledexactlyonce|anycall|hascalls|calledoncewith|calledonceandwith|awaited.{0,10}with|calledwithexactly|verifynomoreinteractions|returnedwith|lastreturnedwith|calledonceexactlywith)/, 'called-with'],
  [/^(?:not)?called|^(?:received|toreceive|receive|callcount|invoked|awaited|called.{0,10}|interactions|returned|numberofcalls)/, 'calls'],
  [/^(?:contain|has$|hasown|beginswith|include|in$|match|startwith|startswith|endwith|endswith|start|end$|regex|havekey|haskey|haskeys|keys?$|arrayhaskey|objecthas|subset|superset|hasitem|hasentry|hasattribute|someof|anyof|allsatisfy|stringcontains|stringstarts|stringends|stringmatch|substring|mapcontains|elementsinclude|members|oneof|oneelement|objectcontaining|arraycontaining|anyelement|isin$|like$|hasproperty|haveproperty|property$|fileexists|directoryexists|objecthasproperty|objecthasattribute|every|anysatisfy|anymatch|satisfy|any$|some$|exactlyinany|single|propertywithvalue|responsecontains|sees?$|dontsee)/, 'partial'],
  [/^(?:greater|less|above|below|(?:gte?|lte?|ge|le)(?:$|q)|atleast|atmost|between|positive|negative|before|after|morethan|fewerthan|geq|leq|strictly|numericcompare|operator|inrange|range|betweeninclusive|isbefore|isafter|cond)/, 'compare'],
  [/^(?:instance|isinstance|kindof|a$|an$|ofclass|type|assignable|isa$|beaninstance|sametype|containsonlyinstances|respondto|implements|exactlyinstanceof|callable|iscallable|array$|object$|string$|int$|integer$|float$|bool$|boolean$|numeric|number$|function$|iterable|isarray|isobject|isstring|isint|isnumeric|isbool|scalar|resource)/, 'type'],
  [/^(?:defined|exist|present|truthy|ok$|some$|anything|any$|notempty|nonempty|something|existing)/, 'present'],
  [/^(?:json|status|statuscode|text|html|value|header|title|url|count|length|len$|size|lengthof|sizeof|elements|sameelements|arraywithexact|permutation|elementsmatch|consist|exactly|only|attributes$|eq|equal|same|identical|equivalent|deep|strict|nan$|null(?:value)?$|nil$|none$|undefined|empty(?:string|iterable|collection|array)?$|current(?:path|url)$|httpstatus$|be$|is$|allequal|errorisnil|noerror|noerr|success|succeed|zero$|one$|true$|false$|unordered|hassize|match.{0,4}array|countequal|multiline|yamleq|jsoneq|xmleq|exit)/, 'equal'],
  [/equal|equals$|^eql|^eqv|eq$|same|identical|equivalent/, 'equal'],
];

const OPENING = /^(?:assert(?:that|ions?)?|should|must|to|been|be|is|have|has|are|was|does|do|its?|and|with(?=out)|that|actual|expect|require)(?=[a-z])/;
const NEGATION = /^(?:not|isnot|arenot|doesnot|wont|cannot|never|refute|deny|without|doesnt|isnt|non(?!e))(?=[a-z]|$)/;

export interface MatcherFacts { readonly demand: Demand; readonly negated: boolean; readonly name: string }

/** What a name demands; undefined when no table knows it. */
export function matcherOf(name: string): MatcherFacts | undefined {
  let rest = name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
  let negated = false;
  while (rest !== '') {
    const demand = lookUp(rest);
    if (demand !== undefined) return { demand, negated, name: rest };
    const opened = rest.replace(OPENING, '');
    const positive = opened === rest ? rest.replace(NEGATION, '') : opened;
    if (positive === rest) return undefined;
    if (opened === rest) negated = !negated;
    rest = positive;
  }
  return undefined;
}

function lookUp(name: string): Demand | undefined {
  if (/^(?:true|istrue|betrue|strictlytrue)$/.test(name)) return 'true';
  if (/^(?:false|isfalse|befalse)$/.test(name)) return 'false';
  if (/^(?:falsy|falsey)$/.test(name)) return 'truthy';
  if (/^(?:not(?!called|throw|raise|panics))/.test(name)) return undefined;
  return MATCHERS.find(([pattern]) => pattern.test(name))?.[1];
}
