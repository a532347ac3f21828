using System.Text;
using Litre.Data.Tokenization;

namespace Litre.Cli.Rendering;

/// <summary>Shows an answer token by token. What would steer a terminal is left out.</summary>
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

    /// <summary>A text without control characters but for line ends and tabs: an escape sequence in an answer must not run.</summary>
    public static string Harmless(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (!char.IsControl(character) || character is '\n' or '\t') kept.Append(character);
        }
        return kept.ToString();
    }

    private void Show(string text)
    {
        var shown = Harmless(text);
        if (!_begun) shown = shown.TrimStart();
        if (shown.Length == 0) return;
        _begun = true;
        output.Write(shown);
        output.Flush();
    }
}
