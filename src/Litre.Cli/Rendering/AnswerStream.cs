using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Tokenization;

namespace Litre.Cli.Rendering;

/// <summary>Prints an answer token by token, without an empty thought before it. Control characters are printed in visible form.</summary>
internal sealed class AnswerStream(TextWriter output, Tokenizer tokenizer)
{
    private readonly StreamingDecoder _decoder = tokenizer.CreateDecoder();
    private bool _begun;
    private string _beginning = ""; // held back while it may be an empty thought

    public int Tokens { get; private set; }

    public void Push(int token)
    {
        Tokens++;
        Show(_decoder.Push(token));
    }

    public void Finish()
    {
        Show(_decoder.Finish(), isEnd: true);
        output.WriteLine();
        output.Flush();
    }

    /// <summary>The message for an answer that reached its length limit.</summary>
    public static string CutText(int maxNewTokens) =>
        $"the answer was cut off at --max-new-tokens {maxNewTokens}; raise it for a longer answer";

    private void Show(string text, bool isEnd = false)
    {
        if (!_begun)
        {
            _beginning += text;
            if (!isEnd && Thoughts.MayBecomeEmpty(_beginning))
                return;
            text = Thoughts.WithoutEmpty(_beginning).TrimStart();
        }
        var shown = VisibleText.Of(text);
        if (shown.Length == 0)
            return;
        _begun = true;
        output.Write(shown);
        output.Flush();
    }
}
