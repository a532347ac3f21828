using System.Text;

namespace Litre.Cli.Rendering;

/// <summary>
/// Standard output or standard error for a program that must continue without its terminal: after a failed write (a closed
/// terminal, a reader that has exited, a full disk) nothing more is written, and the failure is kept. Not thread-safe;
/// <see cref="Terminal"/> synchronizes it.
/// </summary>
/// <param name="inner">The stream's own writer.</param>
internal sealed class ResilientWriter(TextWriter inner) : TextWriter
{
    // EIO: the terminal is closed. EPIPE: the reader has exited.
    private const int InputOutputError = 5;
    private const int BrokenPipe = 32;

    /// <summary>
    /// The error of writing the output to a file; null if everything was written, or the reader has exited.
    /// </summary>
    public IOException? Failure { get; private set; }

    /// <summary>Whether writing has ended.</summary>
    public bool IsGone { get; private set; }

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(static (writer, value) => writer.Write(value), value);

    public override void Write(string? value) => Try(static (writer, value) => writer.Write(value), value);

    public override void WriteLine(string? value) => Try(static (writer, value) => writer.WriteLine(value), value);

    public override void Write(char[] buffer, int index, int count) =>
        Try(static (writer, part) => writer.Write(part.buffer, part.index, part.count), (buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Flush() => Try(static (writer, _) => writer.Flush(), 0);

    private void Try<T>(Action<TextWriter, T> write, T value)
    {
        if (IsGone)
            return;
        try
        {
            write(inner, value);
        }
        catch (IOException e)
        {
            IsGone = true;
            if (e.HResult is not (InputOutputError or BrokenPipe))
                Failure = e;
        }
        catch (ObjectDisposedException)
        {
            IsGone = true;
        }
    }
}
