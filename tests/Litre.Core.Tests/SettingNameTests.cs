namespace Litre.Core.Tests;

public sealed class SettingNameTests
{
    [Theory]
    [InlineData("raise `max-pixels`, or cut it with `tile 512x512`.", "raise --max-pixels, or cut it with --tile=512x512.")]
    [InlineData("run `litre doctor`; `unknown` stays", "run `litre doctor`; `unknown` stays")]
    [InlineData("no backtick, `one alone", "no backtick, `one alone")]
    public void Render_Text_ShowsSettingsAlone(string text, string expected) =>
        Assert.Equal(
            expected,
            SettingName.Render(
                text,
                name => name is "max-pixels" or "tile",
                (name, value) => value.Length == 0 ? $"--{name}" : $"--{name}={value}"
            )
        );

    [Fact]
    public void InputException_OfASetting_TellsItsPartsAndOneLine()
    {
        var failure = new InputException("learning-rate", 0.5, "is too\nhigh", "lower it");
        Assert.Equal(("learning-rate", "0.5", "is too high", "lower it"), (failure.Setting, failure.Value, failure.Reason, failure.Remedy));
        Assert.Equal("`learning-rate 0.5`: is too high; lower it", failure.Message);
    }

    [Fact]
    public void InputException_WithoutValueAndRemedy_NamesTheSettingAlone() =>
        Assert.Equal("`output`: is empty", new InputException("output", null, "is empty", null).Message);

    [Fact]
    public void InputException_OfAPlace_IsOneLine()
    {
        var failure = new InputException("a.json: line 3\nis cut");
        Assert.Equal("a.json: line 3 is cut", failure.Reason);
        Assert.Null(failure.Setting);
    }
}
