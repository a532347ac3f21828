using System.Text;
using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>
/// A text stream that passes no control characters to the terminal: everything that a command writes, regardless of its source
/// (data, file names, answers, messages), goes through <see cref="VisibleText"/>. Litre's own live displays go through
/// <see cref="StatusLine"/> and <see cref="LiveBlock"/>.
/// </summary>
/// <param name="inner">The underlying stream.</param>
internal sealed class GuardedWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value)
    {
        if (VisibleText.Steers(value))
            inner.Write(VisibleText.Of([value]));
        else
            inner.Write(value);
    }

    public override void Write(string? value)
    {
        if (value is not null)
            inner.Write(VisibleText.Of(value));
    }

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (VisibleText.Steers(buffer))
            inner.Write(VisibleText.Of(buffer));
        else
            inner.Write(buffer);
    }

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    // In one piece, so that lines of several threads do not mix.
    public override void WriteLine(string? value) => inner.WriteLine(VisibleText.Of(value ?? ""));

    public override void Flush() => inner.Flush();
}
