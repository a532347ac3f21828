using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>Shows an answer as it comes. What would steer a terminal is spelled out.</summary>
internal static class AnswerText
{
    /// <summary>Writes the next piece to standard output, where it is seen at once.</summary>
    public static void Write(string text)
    {
        Console.Out.Write(VisibleText.Of(text));
        Console.Out.Flush();
    }

    /// <summary>What is said where an answer reached its longest length.</summary>
    public static string CutText(int maxNewTokens) =>
        $"the answer was cut off at --max-new-tokens {maxNewTokens}; raise it for a longer one";
}
