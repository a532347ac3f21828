namespace Litre.Synthesis.Sheets;

/// <summary>The language that questions are asked in; answers are what stands in the image.</summary>
public enum QuestionLanguage
{
    English,

    Chinese,

    /// <summary>Each question in one of them, by lot.</summary>
    Both,
}
