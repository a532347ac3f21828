namespace Litre.Core;

/// <summary>
/// Something that the user gave cannot be used. The message is one line that states what, where, why and what to do, even if
/// quoted text has line breaks; the command line prints only this line and exits with code 2.
/// <para>
/// Texts below the command line give the name of a setting as in recipes, in backticks (<see cref="SettingName"/>): the command line
/// shows them as options, a server may show them as fields.
/// </para>
/// </summary>
public class InputException : Exception
{
    /// <summary>About a file, a row or a machine rather than one setting.</summary>
    /// <param name="message">What, where, why and what to do.</param>
    /// <param name="inner">The exception that caused it.</param>
    public InputException(string message, Exception? inner = null)
        : base(message.ReplaceLineEndings(" "), inner)
    {
        Reason = Message;
    }

    /// <summary>About the value of one setting.</summary>
    /// <param name="setting">Its name in a recipe, such as <c>max-tokens</c>.</param>
    /// <param name="value">The value given; null if none was given or if the value does not matter.</param>
    /// <param name="reason">Why the value cannot be used.</param>
    /// <param name="remedy">What to do instead; null if the reason states it.</param>
    /// <param name="inner">The exception that caused it.</param>
    public InputException(string setting, object? value, string reason, string? remedy, Exception? inner = null)
        : base(Line(setting, value, reason, remedy), inner)
    {
        Setting = setting;
        Value = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture);
        Reason = reason.ReplaceLineEndings(" ");
        Remedy = remedy?.ReplaceLineEndings(" ");
    }

    /// <summary>The setting to change, by its name in a recipe; null if the message is not about one setting.</summary>
    public string? Setting { get; }

    /// <summary>The value given, in the invariant culture.</summary>
    public string? Value { get; }

    /// <summary>Why the value cannot be used; the whole message if no setting is named.</summary>
    public string Reason { get; }

    /// <summary>What to do instead; null if the reason states it.</summary>
    public string? Remedy { get; }

    private static string Line(string setting, object? value, string reason, string? remedy) =>
        $"{SettingName.Quote(setting, value)}: {reason}{(remedy is null ? "" : "; " + remedy)}".ReplaceLineEndings(" ");
}
