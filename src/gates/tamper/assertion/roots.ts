/** Functions that take what is looked at and give an object to make demands on. */
export const FLUENT = /^(?:expect|expectThat|assertThat|assert_that|expectTypeOf|assertSoftly|expectSoftly|expectCatching|verify|verifyBlocking|coVerify|_|wrap|is_expected|assertj|assertThatThrownBy|assertThatCode|assertThatExceptionOfType|assertThatExceptionOfType|Expect|Ω|Eventually|Consistently|InOrder|assertThatObject)$/;
/** Objects and modules whose functions are assertions. */
export const ASSERT_ROOTS = /^(?:[aA]ssert|Assertions|require|chai|QUnit|tt|CollectionAssert|StringAssert|ClassicAssert|FileAssert|DirectoryAssert|Truth|is|tap|td|assertions|test|pytest|np|numpy|testing|Should|Verify|insta|assert_|expect|sinon|PHPUnit|static)$/;
