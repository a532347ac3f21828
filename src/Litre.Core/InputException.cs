namespace Litre.Core;

/// <summary>
/// Something the user gave cannot be used. The message is one line that says what, where, why and what to do, even where
/// what it quotes has line breaks; the command line prints it alone and exits with code 2.
/// <para>
/// Texts below the command line name settings as recipes do, in backticks (<see cref="SettingName"/>): the command line
/// shows them as options, a server as fields.
/// </para>
/// </summary>
public class InputException : Exception
{
    /// <summary>About a file, a row or a machine rather than one setting.</summary>
    /// <param name="message">What, where, why and what to do.</param>
    /// <param name="inner">What it comes from.</param>
    public InputException(string message, Exception? inner = null)
        : base(message.ReplaceLineEndings(" "), inner)
    {
        Reason = Message;
    }

    /// <summary>About the value of one setting.</summary>
    /// <param name="setting">Its name in a recipe, such as <c>max-tokens</c>.</param>
    /// <param name="value">What it was given; null where nothing was, or where the value does not matter.</param>
    /// <param name="reason">Why that cannot be used.</param>
    /// <param name="remedy">What to do instead; null where the reason says it.</param>
    /// <param name="inner">What it comes from.</param>
    public InputException(string setting, object? value, string reason, string? remedy, Exception? inner = null)
        : base(Line(setting, value, reason, remedy), inner)
    {
        Setting = setting;
        Value = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture);
        Reason = reason.ReplaceLineEndings(" ");
        Remedy = remedy?.ReplaceLineEndings(" ");
    }

    /// <summary>The setting that is to be changed, as a recipe names it; null where it is none.</summary>
    public string? Setting { get; }

    /// <summary>What it was given, in the invariant culture.</summary>
    public string? Value { get; }

    /// <summary>Why it cannot be used; where no setting is named, the whole message.</summary>
    public string Reason { get; }

    /// <summary>What to do instead, where it is told apart.</summary>
    public string? Remedy { get; }

    private static string Line(string setting, object? value, string reason, string? remedy) =>
        $"{SettingName.Quote(setting, value)}: {reason}{(remedy is null ? "" : "; " + remedy)}".ReplaceLineEndings(" ");
}
