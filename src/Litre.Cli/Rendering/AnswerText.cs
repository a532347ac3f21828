using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>Prints an answer as it is generated. Control characters are printed in visible form.</summary>
internal static class AnswerText
{
    /// <summary>Writes the next piece to standard output and flushes it.</summary>
    public static void Write(string text)
    {
        Console.Out.Write(VisibleText.Of(text));
        Console.Out.Flush();
    }

    /// <summary>The message for an answer that reached its length limit.</summary>
    public static string CutText(int maxNewTokens) =>
        $"the answer was cut off at --max-new-tokens {maxNewTokens}; raise it for a longer answer";
}
