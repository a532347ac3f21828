using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Core;

namespace Litre.Inference;

/// <summary>
/// The output of a batch: one JSON object per line, written immediately. When opened again, it knows which images are done, and removes
/// an incomplete last line. Not thread-safe.
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

    /// <summary>Images that already have a row.</summary>
    public IReadOnlySet<string> CompletedImages => _completed;

    /// <summary>Opens or creates the file.</summary>
    /// <param name="path">The file; its folder is created.</param>
    /// <param name="prompt">The question; a file with rows for another question is refused.</param>
    /// <param name="system">The system prompt or null; a file with rows for another one is refused.</param>
    /// <exception cref="InputException">The file contains something else, is in use, or cannot be written.</exception>
    public static AnswerFile Open(string path, string prompt, string? system = null)
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
                file.ReadCompleted(prompt, system);
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

    /// <summary>Appends a row and passes it to the operating system.</summary>
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

    /// <summary>Closes the file; a file that was created here and is still empty is deleted.</summary>
    public void Dispose()
    {
        if (!_stream.CanWrite)
            return; // closed before
        var unused = _isNew && _stream.Length == 0;
        _stream.Dispose();
        if (unused)
            File.Delete(_path);
    }

    private void ReadCompleted(string prompt, string? system)
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
                if (row.System != system)
                {
                    var other = row.System is null ? "without a system prompt" : $"with another system prompt ('{Cut(row.System)}')";
                    throw new InputException(
                        "output",
                        _path,
                        $"line {line} contains an answer {other}",
                        "choose another file, or use the same system prompt"
                    );
                }
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
            // Reported below, like a row that lacks its fields.
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
/// <param name="Image">The image's path relative to the folder of images.</param>
/// <param name="Prompt">The question.</param>
/// <param name="Answer">The answer; null if the image could not be used.</param>
/// <param name="Error">Why there is no answer; null if there is one.</param>
public sealed record AnswerRow(string Image, string Prompt, string? Answer, string? Error)
{
    /// <summary>The system prompt; written only if there is one.</summary>
    public string? System { get; init; }

    /// <summary>Whether the answer was truncated at the token limit; written only if true.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [JsonPropertyName("cut")]
    public bool IsTruncated { get; init; }
}
