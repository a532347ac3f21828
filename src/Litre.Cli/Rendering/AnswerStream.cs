using Litre.Core;
using Litre.Data.Tokenization;

namespace Litre.Cli.Rendering;

/// <summary>Shows an answer token by token. What would steer a terminal is spelled out.</summary>
internal sealed class AnswerStream(TextWriter output, Tokenizer tokenizer)
{
    private readonly StreamingDecoder _decoder = tokenizer.CreateDecoder();
    private bool _begun;

    public int Tokens { get; private set; }

    public void Push(int token)
    {
        Tokens++;
        Show(_decoder.Push(token));
    }

    public void Finish()
    {
        Show(_decoder.Finish());
        output.WriteLine();
        output.Flush();
    }

    /// <summary>What is said where an answer reached its longest length.</summary>
    public static string CutText(int maxNewTokens) =>
        $"the answer was cut off at --max-new-tokens {maxNewTokens}; raise it for a longer one";

    private void Show(string text)
    {
        var shown = VisibleText.Of(text);
        if (!_begun)
            shown = shown.TrimStart();
        if (shown.Length == 0)
            return;
        _begun = true;
        output.Write(shown);
        output.Flush();
    }
}
