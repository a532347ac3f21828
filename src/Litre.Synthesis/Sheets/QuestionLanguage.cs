namespace Litre.Synthesis.Sheets;

/// <summary>The language that questions are asked in; answers are texts of the image.</summary>
public enum QuestionLanguage
{
    English,

    Chinese,

    /// <summary>Each question in one of them, at random.</summary>
    Both,
}
