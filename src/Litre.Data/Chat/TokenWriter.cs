using System.Text;
using Litre.Data.Tokenization;

namespace Litre.Data.Chat;

/// <summary>Collects ids, labels and token types; text waits until a control token ends it, so that it merges as one.</summary>
internal sealed class TokenWriter(Tokenizer tokenizer)
{
    private readonly List<int> _ids = [];
    private readonly List<int> _labels = [];
    private readonly List<byte> _types = [];
    private readonly StringBuilder _text = new();
    private bool _loss;

    public List<(ContentKind, int)> Visuals { get; } = [];

    /// <summary>Text from here on carries loss or not.</summary>
    public void Begin(bool loss)
    {
        Flush();
        _loss = loss;
    }

    public void AppendText(string text) => _text.Append(text);

    /// <summary>A control token of the template.</summary>
    /// <param name="id">The token.</param>
    /// <param name="isInput">Whether it is never a thing to predict, as the marks around an image.</param>
    public void AppendControl(int id, bool isInput = false)
    {
        Flush();
        Add(id, 0);
        if (isInput)
            _labels[^1] = EncodedChat.NoLoss;
    }

    public void AppendPads(int id, int count, byte type)
    {
        Flush();
        for (var i = 0; i < count; i++)
            Add(id, type);
    }

    public EncodedChat Finish()
    {
        Flush();
        return new EncodedChat([.. _ids], [.. _labels], [.. _types], Visuals);
    }

    private void Flush()
    {
        if (_text.Length == 0)
            return;
        foreach (var id in tokenizer.Encode(_text.ToString(), SpecialTokens.ContentOnly))
            Add(id, 0);
        _text.Clear();
    }

    private void Add(int id, byte type)
    {
        _ids.Add(id);
        // A pad inside an answer is input, never a thing to predict.
        _labels.Add(_loss && type == 0 ? id : EncodedChat.NoLoss);
        _types.Add(type);
    }
}
