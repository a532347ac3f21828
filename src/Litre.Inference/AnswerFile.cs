using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Core;

namespace Litre.Inference;

/// <summary>
/// A batch's output: one JSON object a line, written through at once. Opened again, it knows which images are done; a
/// last line that was not finished is cut off. Not thread-safe.
/// </summary>
public sealed class AnswerFile : IDisposable
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly HashSet<string> _completed = new(StringComparer.Ordinal);
    private readonly bool _isNew;

    private AnswerFile(string path, bool isNew, FileStream stream) => (_path, _isNew, _stream) = (path, isNew, stream);

    /// <summary>Images that have a row already.</summary>
    public IReadOnlySet<string> CompletedImages => _completed;

    /// <summary>Opens or makes the file.</summary>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="prompt">Rows of another prompt are refused: one file answers one question.</param>
    /// <exception cref="InputException">The file holds something else, is in use, or cannot be written.</exception>
    public static AnswerFile Open(string path, string prompt)
    {
        try
        {
            if (Directory.Exists(path))
                throw new InputException(
                    "output",
                    path,
                    "is a folder",
                    $"give the path of a file, such as {Path.Combine(path, "answers.jsonl")}"
                );
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
            var file = new AnswerFile(
                path,
                !File.Exists(path),
                new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read)
            );
            try
            {
                file.ReadCompleted(prompt);
                return file;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException("output", path, $"cannot be written ({e.Message.ReplaceLineEndings(" ")})", "choose another file", e);
        }
    }

    /// <summary>Appends a row and hands it to the system.</summary>
    /// <exception cref="InputException">The disk is full.</exception>
    public void Add(AnswerRow row)
    {
        try
        {
            _stream.Write(JsonSerializer.SerializeToUtf8Bytes(row, Options));
            _stream.WriteByte((byte)'\n');
            _stream.Flush();
            _completed.Add(row.Image);
        }
        catch (IOException e)
        {
            throw new InputException(
                "output",
                _path,
                $"cannot be written ({e.Message.ReplaceLineEndings(" ")})",
                "free some space and run the same command again; it resumes where it stopped",
                e
            );
        }
    }

    /// <summary>Waits until all rows are on the disk.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>Closes it; where nothing was written to a file that this opening made, nothing is left.</summary>
    public void Dispose()
    {
        if (!_stream.CanWrite)
            return; // closed before
        var unused = _isNew && _stream.Length == 0;
        _stream.Dispose();
        if (unused)
            File.Delete(_path);
    }

    private void ReadCompleted(string prompt)
    {
        var good = 0L;
        var line = 0;
        using (var reader = new LineReader(_stream))
        {
            while (reader.Next() is { } bytes)
            {
                line++;
                if (reader.IsCut)
                    break; // without its line end the row may be half of one
                var row = Parse(bytes, line);
                if (row.Prompt != prompt)
                    throw new InputException(
                        "output",
                        _path,
                        $"line {line} contains an answer to another prompt ('{Cut(row.Prompt)}')",
                        "choose another file, or use the same prompt"
                    );
                _completed.Add(row.Image);
                good = reader.Position;
            }
        }
        _stream.SetLength(good);
        _stream.Position = good;
    }

    private AnswerRow Parse(byte[] bytes, int line)
    {
        try
        {
            if (JsonSerializer.Deserialize<AnswerRow>(bytes, Options) is { Image: not null, Prompt: not null } row)
                return row;
        }
        catch (JsonException)
        {
            // Said below, as for a row that lacks its fields.
        }
        throw new InputException(
            "output",
            _path,
            $"line {line} is not a row that litre batch wrote ('{Cut(Encoding.UTF8.GetString(bytes))}')",
            "choose another file"
        );
    }

    private static string Cut(string text) => (text.Length > 60 ? text[..60] + "…" : text).ReplaceLineEndings(" ");
}

/// <summary>One line of a batch's output.</summary>
/// <param name="Image">The image's path from the folder of images on.</param>
/// <param name="Prompt">What was asked.</param>
/// <param name="Answer">The answer; null where the image could not be used.</param>
/// <param name="Error">Why there is no answer; null where there is one.</param>
public sealed record AnswerRow(string Image, string Prompt, string? Answer, string? Error)
{
    /// <summary>Whether the answer was cut off at the token limit; not written where it was not.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault)]
    [JsonPropertyName("cut")]
    public bool IsTruncated { get; init; }
}
